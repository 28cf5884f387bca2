-- No row: the number is taken, by an earlier customer or by another operator a moment ago.
INSERT INTO customer (customer_id, name, opened_on)
SELECT coalesce($1::bigint, (SELECT coalesce(max(customer_id), 0) + 1 FROM customer)),
       $2, business_date
FROM bank
ON CONFLICT (customer_id) DO NOTHING
RETURNING customer_id;
