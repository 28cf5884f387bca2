-- Messages for peer $1 (NULL: for all) that were stored in a window that is closed now: the answer may
-- bring an item of that window, or of a later one.
SELECT peer_code, saf.window_no, txid, phase, method, (params::json ->> 'amount')::bigint,
       extract(epoch FROM now() - stored_at)::bigint, attempts
FROM saf CROSS JOIN bank
WHERE saf.window_no < bank.window_no AND ($1::integer IS NULL OR peer_code = $1::integer)
ORDER BY saf.window_no, stored_at, txid;
