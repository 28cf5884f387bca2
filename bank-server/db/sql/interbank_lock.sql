-- IB accounts of $1 peers and $2 windows (0: the open one), stripe $3. In order of account_id; their numbers are
-- the highest, so after all other accounts. ARRAY: computed once, then looked up by key; a join would be planned
-- by what the tables were like when the lane connected.
SELECT account_id, kind, status::text, currency::text, product, balance_minor, entry_no, overdraft_minor,
       daily_limit_minor, daily_used_minor, daily_date
  FROM account
 WHERE account_id = ANY (ARRAY(
         SELECT w.peer * 10000000000 + CASE WHEN w.window_no = 0 THEN b.window_no ELSE w.window_no END * 100 + $3::int
           FROM bank b, (SELECT unnest($1::int[])::bigint AS peer, unnest($2::int[]) AS window_no) AS w))
 ORDER BY account_id FOR UPDATE
