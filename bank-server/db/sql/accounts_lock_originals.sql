-- $1 account ids, $2 txids of originals whose accounts are needed. In order of account_id.
SELECT account_id, kind, status::text, currency::text, product, balance_minor, entry_no, overdraft_minor,
       daily_limit_minor, daily_used_minor, daily_date
  FROM account
 WHERE account_id = ANY (ARRAY(SELECT unnest($1::bigint[])
                               UNION ALL SELECT d.account_id FROM decision d
                                          WHERE d.txid = ANY ($2::uuid[]) AND d.phase = 0))
 ORDER BY account_id FOR UPDATE
