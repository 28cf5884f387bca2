-- Takes what is due for $1 peers, at most $2: it is due again later, so that what is lost is repeated. A moment too
-- far ahead comes from a clock that jumped. Inquiries about transfers: 10, 12, 16, 24 s ...; advices 5 s doubling.
-- The time is the database's and $3 milliseconds more, which a simulated clock has let pass.
UPDATE saf s
   SET attempts = s.attempts + 1,
       next_try_at = now() + $3::bigint * interval '1 ms'
                     + least(60, CASE s.phase WHEN 0 THEN 2 ELSE 10 END * 2 ^ least(s.attempts, 6)) * interval '1 second'
  FROM (SELECT peer_code, txid, phase FROM saf
         WHERE peer_code = ANY ($1::int[])
           AND (next_try_at <= now() + $3::bigint * interval '1 ms'
                OR next_try_at > now() + $3::bigint * interval '1 ms' + interval '2 minutes')
         ORDER BY next_try_at LIMIT $2::int FOR UPDATE SKIP LOCKED) AS due
 WHERE s.peer_code = due.peer_code AND s.txid = due.txid AND s.phase = due.phase
RETURNING s.peer_code, s.txid, s.phase, s.method, s.params
