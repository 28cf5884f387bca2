-- Two accounts: of a posting of two legs. Parameters go by column, as the arrays of accounts_store do.
UPDATE account a
   SET balance_minor = n.balance_minor, entry_no = n.entry_no,
       daily_used_minor = n.daily_used_minor, daily_date = n.daily_date
  FROM (VALUES ($1::bigint, $3::bigint, $5::bigint, $7::bigint, $9::date),
               ($2::bigint, $4::bigint, $6::bigint, $8::bigint, $10::date))
       AS n (account_id, balance_minor, entry_no, daily_used_minor, daily_date)
 WHERE a.account_id = n.account_id
