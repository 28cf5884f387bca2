-- What is stored already stays: an inquiry may be stored by two bank servers.
INSERT INTO saf (peer_code, txid, phase, method, params, next_try_at)
SELECT n.*, now() + CASE n.phase WHEN 0 THEN 10 ELSE 5 END * interval '1 second'
  FROM (SELECT unnest($1::int[]) AS peer_code, unnest($2::uuid[]) AS txid, unnest($3::smallint[]) AS phase,
               unnest($4::text[]) AS method, unnest($5::text[]) AS params) AS n
ON CONFLICT DO NOTHING
