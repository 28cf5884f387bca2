SELECT account_id, account_id, code, product, customer_id, name,
       CASE status WHEN 'O' THEN 'open' WHEN 'B' THEN 'blocked' ELSE 'closed' END,
       balance_minor * CASE WHEN class IN ('A', 'X') THEN 1 ELSE -1 END,
       CASE WHEN kind = 1 THEN overdraft_minor - balance_minor END,
       entry_no
FROM account JOIN account_kind USING (kind) LEFT JOIN customer USING (customer_id)
WHERE account_id = $1::bigint;
