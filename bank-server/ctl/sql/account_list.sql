-- $1 customer or NULL for all; $2 true: the bank's own accounts instead. Balances count in the
-- direction that is normal for the account's class: customers' money is positive.
SELECT account_id, account_id, code, product, customer_id,
       CASE status WHEN 'O' THEN 'open' WHEN 'B' THEN 'blocked' ELSE 'closed' END,
       balance_minor * CASE WHEN class IN ('A', 'X') THEN 1 ELSE -1 END,
       CASE WHEN kind = 1 THEN overdraft_minor - balance_minor END,
       CASE WHEN kind = 1 THEN overdraft_minor END,
       daily_limit_minor, entry_no
FROM account JOIN account_kind USING (kind)
WHERE ($1::bigint IS NULL OR customer_id = $1::bigint) AND (kind <> 1) = $2::boolean
ORDER BY account_id;
