-- IB accounts of peer $1 and window $2 in all stripes. In order of account_id.
SELECT account_id, kind, status::text, currency::text, product, balance_minor, entry_no, overdraft_minor,
       daily_limit_minor, daily_used_minor, daily_date
  FROM account
 WHERE account_id BETWEEN $1::bigint * 10000000000 + $2::int * 100 AND $1::bigint * 10000000000 + $2::int * 100 + 7
 ORDER BY account_id FOR UPDATE
