-- X4: no peer owes more than its limit, except by what cannot be refused
-- What can be refused looks for room in its stripe: a withdrawal of the peer's card (operation 3,
-- phase 0), a deposit at its terminal (4, 0), a transfer from it (13, 5); reversals, returns and
-- fees do not. After the last refusable debit of an account only the others can have led beyond the
-- stripe's share, so they must make up for the excess. Shares that move leave no stripe short.
-- An operator may set the limit below what is owed, and so does the settlement of a window when the peer
-- could not pay from its reserve: then it must have been after the last refusable debit. A minute's
-- grace, because both times are those at which the transactions began.
WITH beyond AS (
    SELECT peer_code, stripe, owed_minor, share_minor
    FROM exposure WHERE owed_minor > share_minor),
debit AS (
    SELECT peer_code, beyond.stripe, entry.account_id, entry.entry_no, entry.amount_minor,
           coalesce((decision.operation, decision.phase) IN ((3, 0), (4, 0), (13, 5)), false)
               AS refusable,
           batch.recorded_at
    FROM beyond
    JOIN account ON kind = 13 AND account.account_id / 10000000000 = peer_code
                    AND account.account_id % 100 = beyond.stripe
    JOIN entry ON entry.account_id = account.account_id AND entry.amount_minor > 0
    LEFT JOIN decision USING (txid, phase)
    LEFT JOIN batch USING (lane_id, batch_no)),
placed AS (
    SELECT debit.*, max(entry_no) FILTER (WHERE refusable) OVER (PARTITION BY account_id) AS last_no
    FROM debit),
explained AS (
    SELECT peer_code, stripe, max(recorded_at) FILTER (WHERE refusable) AS last_refusable_at,
           sum(amount_minor) FILTER (WHERE entry_no > coalesce(last_no, 0)) AS amount_minor
    FROM placed GROUP BY peer_code, stripe)
SELECT 'peer ' || beyond.peer_code || ' stripe ' || beyond.stripe AS subject,
       'owes ' || owed_minor || ' with a share of ' || share_minor || ', and only '
       || coalesce(amount_minor, 0) || ' could not be refused' AS problem
FROM beyond LEFT JOIN explained USING (peer_code, stripe)
WHERE owed_minor - share_minor > coalesce(amount_minor, 0)
  AND NOT EXISTS (SELECT FROM operator_action
                  WHERE action = 'peer limit' AND subject LIKE 'peer ' || peer_code || ' %'
                    AND done_at > coalesce(last_refusable_at, '-infinity')
                                  - interval '1 minute')
  AND NOT EXISTS (SELECT FROM peer
                  WHERE peer.peer_code = beyond.peer_code
                    AND limit_cut_at > coalesce(last_refusable_at, '-infinity')
                                       - interval '1 minute');
