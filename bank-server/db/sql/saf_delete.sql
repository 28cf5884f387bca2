DELETE FROM saf s
 USING (SELECT unnest($1::int[]) AS peer_code, unnest($2::uuid[]) AS txid, unnest($3::smallint[]) AS phase) AS n
 WHERE s.peer_code = n.peer_code AND s.txid = n.txid AND s.phase = n.phase
