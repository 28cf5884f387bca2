-- Entries of account $1 that were booked on the business dates $2 to $3, oldest first, in the direction
-- normal for its class; at most $4. An entry is booked on the bank's business date of its batch: that
-- never goes back, so the entries of a period have no others between them. Its value date is that of
-- the decision, which may be one that a terminal had not ended yet.
SELECT entry.entry_no, batch.business_date, decision.business_date, operation.code,
       CASE phase WHEN 0 THEN 'request' WHEN 1 THEN 'confirmation' WHEN 2 THEN 'reversal'
                  WHEN 4 THEN 'outcome' WHEN 5 THEN 'credit' WHEN 6 THEN 'return'
                  WHEN 7 THEN 'fee' ELSE 'resolution' END,
       nullif(decision.terminal_id, 0),
       entry.amount_minor * CASE WHEN class IN ('A', 'X') THEN 1 ELSE -1 END,
       entry.balance_minor * CASE WHEN class IN ('A', 'X') THEN 1 ELSE -1 END,
       txid, decision.peer,
       CASE WHEN operation = 5 AND decision.to_account_id = account.account_id THEN decision.account_id
            WHEN operation = 5 THEN decision.to_account_id END
FROM account
JOIN account_kind USING (kind)
JOIN entry ON entry.account_id = account.account_id
JOIN decision USING (txid, phase)
JOIN batch USING (lane_id, batch_no)
JOIN operation USING (operation)
WHERE account.account_id = $1::bigint
  AND batch.business_date BETWEEN $2::date AND $3::date
ORDER BY entry.entry_no
LIMIT $4::bigint;
