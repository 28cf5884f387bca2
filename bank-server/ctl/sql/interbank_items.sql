-- Items with peer $1; $2: one window, or NULL for all. The order does not depend on stripes or on
-- who booked first, so that two banks' lists can be laid side by side.
SELECT item.txid, item.window_no, item.amount_minor, operation.code, item.phase
FROM interbank_item AS item
JOIN decision USING (txid, phase)
JOIN operation USING (operation)
WHERE item.account_id >= $1::bigint * 10000000000 AND item.account_id < ($1::bigint + 1) * 10000000000
  AND ($2::integer IS NULL OR item.window_no = $2::integer)
ORDER BY window_no, item.txid, abs(item.amount_minor), item.amount_minor;
