-- Accounts of the cards with these PAN digests: for the answer of session.open.
SELECT account_id, kind, status::text, currency::text, product, balance_minor, entry_no, overdraft_minor,
       daily_limit_minor, daily_used_minor, daily_date
  FROM account
 WHERE account_id IN (SELECT unnest(c.account_ids) FROM card c WHERE c.pan_digest = ANY ($1::bytea[]))
