-- B9: SettleCtl of a window holds what its closed pairs gave it, until it leaves as one net for Settle
-- Closing a pair (operation 15) takes from each IB account what was agreed there, all of it to
-- SettleCtl; of a pair that the agent excluded, what was paid of its debits or of its credits, which may
-- be more than its net or go the other way. Settlement (16) takes all that is there. Nothing else posts to
-- SettleCtl, and a window or pair that is SETTLED has been posted.
WITH posted AS MATERIALIZED (
    SELECT entry.txid, operation, decision.peer, decision.window_no, entry.account_id, entry.amount_minor
    FROM decision JOIN entry USING (txid, phase)
    WHERE operation IN (15, 16)),
closed AS MATERIALIZED (
    SELECT decision.peer, decision.window_no, stripe, coalesce(agreed_minor, 0) AS agreed_minor,
           (decision.detail::json ->> 'part')::bigint AS part_minor, decision.amount_minor
    FROM decision
    LEFT JOIN position ON position.peer_code = decision.peer AND position.window_no = decision.window_no
    WHERE operation = 15 AND rc = '00'),
given AS (
    SELECT peer, window_no, part_minor, amount_minor, coalesce(part_minor, sum(agreed_minor)) AS given_minor
    FROM closed GROUP BY peer, window_no, part_minor, amount_minor),
control AS (
    SELECT account_id - 140000000000 AS window_no, balance_minor,
           coalesce((SELECT sum(given_minor) FROM given
                     WHERE given.window_no = account.account_id - 140000000000), 0) AS given_minor,
           EXISTS (SELECT FROM decision WHERE operation = 16 AND rc = '00'
                   AND decision.window_no = account.account_id - 140000000000) AS settled
    FROM account WHERE kind = 14),
moved AS (
    SELECT peer, window_no, account_id % 100 AS stripe, -sum(amount_minor) AS moved_minor
    FROM posted WHERE operation = 15 AND account_id >= 900000000000000000
    GROUP BY peer, window_no, account_id % 100)
SELECT 'window ' || window_no AS subject,
       'SettleCtl holds ' || balance_minor || ', its pairs gave it ' || given_minor
       || CASE WHEN settled THEN ' and it was settled' ELSE '' END AS problem
FROM control
WHERE balance_minor <> CASE WHEN settled THEN 0 ELSE given_minor END
UNION ALL
SELECT 'peer ' || coalesce(closed.peer, moved.peer) || ' window '
       || coalesce(closed.window_no, moved.window_no) || ' stripe ' || coalesce(closed.stripe, moved.stripe),
       'closed with ' || coalesce(moved_minor, 0) || ', agreed were ' || coalesce(agreed_minor, 0)
FROM closed
FULL JOIN moved ON moved.peer = closed.peer AND moved.window_no = closed.window_no
                   AND moved.stripe = closed.stripe
WHERE coalesce(moved_minor, 0) <> coalesce(agreed_minor, 0) AND part_minor IS NULL
UNION ALL
SELECT 'peer ' || given.peer || ' window ' || given.window_no,
       'closed in part with ' || part_minor || ', moved were ' || coalesce(all_moved_minor, 0)
       || '; agreed were debits of ' || coalesce(agreed_debit_minor, 0) || ' and credits of '
       || coalesce(agreed_credit_minor, 0) || ', ' || coalesce(state, 'and it is no pair')
FROM given
LEFT JOIN window_pair ON peer_code = given.peer AND window_pair.window_no = given.window_no
LEFT JOIN (SELECT peer, window_no, sum(moved_minor) AS all_moved_minor FROM moved GROUP BY 1, 2) AS whole
       ON whole.peer = given.peer AND whole.window_no = given.window_no
WHERE part_minor IS NOT NULL
  AND (part_minor = 0 OR abs(part_minor) <> amount_minor OR part_minor IS DISTINCT FROM all_moved_minor
       OR state IS NULL OR state NOT IN ('AGREED', 'EXCLUDED')
       OR part_minor NOT BETWEEN -agreed_credit_minor AND agreed_debit_minor)
UNION ALL
SELECT txid::text, 'moves ' || amount_minor || ' on account ' || account_id || ', which it must not'
FROM posted
WHERE NOT CASE WHEN account_id >= 900000000000000000
               THEN operation = 15 AND account_id / 100 = peer * 100000000::bigint + window_no
               ELSE account_id = 140000000000 + window_no OR operation = 16 AND account_id = 110000 END
UNION ALL
SELECT txid::text, 'is no settlement and moves ' || amount_minor || ' on SettleCtl'
FROM entry
WHERE account_id BETWEEN 140000000000 AND 140099999999 AND txid NOT IN (SELECT txid FROM posted)
UNION ALL
SELECT 'peer ' || peer_code || ' window ' || window_no, 'is SETTLED and was never closed'
FROM window_pair
WHERE state = 'SETTLED'
  AND NOT EXISTS (SELECT FROM closed
                  WHERE closed.peer = peer_code AND closed.window_no = window_pair.window_no)
UNION ALL
SELECT 'window ' || window_no, 'is SETTLED and was never posted'
FROM settlement_window
WHERE state = 'SETTLED'
  AND EXISTS (SELECT FROM window_pair WHERE window_pair.window_no = settlement_window.window_no)
  AND NOT EXISTS (SELECT FROM decision WHERE operation = 16 AND rc = '00'
                  AND decision.window_no = settlement_window.window_no);
