UPDATE account a
   SET balance_minor = n.balance_minor, entry_no = n.entry_no,
       daily_used_minor = n.daily_used_minor, daily_date = n.daily_date
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::date[])
    AS n (account_id, balance_minor, entry_no, daily_used_minor, daily_date)
 WHERE a.account_id = n.account_id
