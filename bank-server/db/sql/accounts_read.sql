SELECT account_id, kind, status::text, currency::text, product, balance_minor, entry_no, overdraft_minor,
       daily_limit_minor, daily_used_minor, daily_date
  FROM account WHERE account_id = ANY ($1::bigint[])
