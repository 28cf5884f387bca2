-- B9: a break that is resolved was booked as its mark says, and what its correction moved adds up
-- The decision (operation 17, under the break's id) is the truth; its mark may follow. Out of the old
-- window goes what this book had, into the next what is right, the rest is on Breaks.
WITH correction AS (
    SELECT txid, peer, window_no, amount_minor,
           (detail::json ->> 'ours')::bigint AS ours_minor,
           (detail::json ->> 'settled')::bigint AS settled_minor,
           (detail::json ->> 'old_window_no')::bigint AS old_window_no,
           detail::json ->> 'resolution' AS resolution
    FROM decision WHERE operation = 17 AND rc = '00'),
posted AS (
    SELECT correction.txid,
           coalesce(sum(entry.amount_minor) FILTER (
               WHERE account_id / 100 = peer * 100000000::bigint + old_window_no), 0) AS old_minor,
           coalesce(sum(entry.amount_minor) FILTER (
               WHERE account_id / 100 = peer * 100000000::bigint + window_no), 0) AS next_minor,
           coalesce(sum(entry.amount_minor) FILTER (WHERE account_id = 150000), 0) AS difference_minor
    FROM correction LEFT JOIN entry ON entry.txid = correction.txid AND entry.phase = 0
    GROUP BY correction.txid)
SELECT 'break ' || txid AS subject,
       'gave up ' || -old_minor || ', booked ' || next_minor || ' and a difference of ' || difference_minor
       || '; decided were ' || ours_minor || ' and ' || settled_minor AS problem
FROM correction JOIN posted USING (txid)
WHERE old_minor <> -ours_minor OR next_minor <> settled_minor
   OR difference_minor <> ours_minor - settled_minor OR amount_minor <> abs(settled_minor)
UNION ALL
SELECT 'break ' || break_id,
       CASE WHEN correction.txid IS NULL THEN 'is marked and was never booked'
            ELSE 'is marked ' || recon_break.resolution || ' ' || recon_break.settled_minor || ' in window '
                 || next_window_no || ', booked were ' || correction.resolution || ' '
                 || correction.settled_minor || ' in window ' || correction.window_no END
FROM recon_break LEFT JOIN correction ON correction.txid = break_id
WHERE state = 'RESOLVED'
  AND (recon_break.resolution, recon_break.settled_minor, next_window_no, recon_break.peer_code)
      IS DISTINCT FROM (correction.resolution, correction.settled_minor, correction.window_no,
                        correction.peer)
UNION ALL
SELECT 'entry ' || entry_no || ' of account ' || account_id, 'is on Breaks and corrects none'
FROM entry WHERE account_id = 150000 AND txid NOT IN (SELECT txid FROM correction);
