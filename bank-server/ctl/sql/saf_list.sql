-- $1: one peer, or NULL for all. A transfer whose fate is unknown after five minutes is a case for
-- people.
SELECT peer_code, txid, phase, method, attempts,
       floor(extract(epoch FROM now() - stored_at))::bigint,
       greatest(0, ceil(extract(epoch FROM next_try_at - now())))::bigint,
       phase IN (0, 7) AND stored_at < now() - interval '5 minutes'
FROM saf
WHERE $1::integer IS NULL OR peer_code = $1::integer
ORDER BY stored_at, peer_code, txid, phase;
