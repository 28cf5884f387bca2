-- Items with peer $1; $2: one window, or NULL for all. The order does not depend on stripes or on
-- who booked first, so that two banks' lists can be laid side by side.
SELECT entry.txid, entry.account_id / 100 % 100000000 AS window_no, entry.amount_minor, operation.code,
       entry.phase
FROM account
JOIN entry ON entry.account_id = account.account_id
LEFT JOIN decision USING (txid, phase)
LEFT JOIN operation USING (operation)
WHERE kind = 13 AND account.account_id / 10000000000 = $1::integer
  AND ($2::integer IS NULL OR account.account_id / 100 % 100000000 = $2::integer)
ORDER BY window_no, entry.txid, abs(entry.amount_minor), entry.amount_minor;
