-- No row: the number is taken, by an earlier account or by another operator a moment ago.
INSERT INTO account (account_id, overdraft_minor, daily_limit_minor, customer_id, opened_on, kind,
                     currency, product)
SELECT coalesce($1::bigint, (SELECT coalesce(max(account_id), 1000000000) + 1 FROM account
                             WHERE account_id BETWEEN 1000000000 AND 9999999999)),
       $2::bigint, $3::bigint, $4::bigint, business_date, 1, currency, $5
FROM bank
ON CONFLICT (account_id) DO NOTHING
RETURNING account_id;
