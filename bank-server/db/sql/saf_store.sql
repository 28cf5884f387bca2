-- What is stored already stays: an inquiry may be stored by two bank servers. $6: the bank's open window. The time is
-- the database's, one for all bank servers, and $7 milliseconds more, which a simulated clock has let pass.
INSERT INTO saf (peer_code, txid, phase, method, params, window_no, stored_at, next_try_at)
SELECT n.*, $6::int, now() + $7::bigint * interval '1 ms',
       now() + $7::bigint * interval '1 ms' + CASE n.phase WHEN 0 THEN 10 ELSE 5 END * interval '1 second'
  FROM (SELECT unnest($1::int[]) AS peer_code, unnest($2::uuid[]) AS txid, unnest($3::smallint[]) AS phase,
               unnest($4::text[]) AS method, unnest($5::text[]) AS params) AS n
ON CONFLICT DO NOTHING
