UPDATE account a
   SET balance_minor = n.balance_minor, entry_no = n.entry_no,
       daily_used_minor = n.daily_used_minor, daily_date = n.daily_date
  FROM (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS balance_minor,
               unnest($3::bigint[]) AS entry_no, unnest($4::bigint[]) AS daily_used_minor,
               unnest($5::date[]) AS daily_date) AS n
 WHERE a.account_id = n.account_id
