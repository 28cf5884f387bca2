-- $1: one peer, or NULL for all. A transfer whose fate is unknown after five minutes is a case for
-- people. $2: milliseconds that a simulated clock is ahead of the database's.
SELECT peer_code, txid, phase, method, attempts,
       floor(extract(epoch FROM clock.now - stored_at))::bigint,
       greatest(0, ceil(extract(epoch FROM next_try_at - clock.now)))::bigint,
       phase IN (0, 7) AND stored_at < clock.now - interval '5 minutes'
FROM saf CROSS JOIN (SELECT now() + $2::bigint * interval '1 ms' AS now) AS clock
WHERE $1::integer IS NULL OR peer_code = $1::integer
ORDER BY stored_at, peer_code, txid, phase;
