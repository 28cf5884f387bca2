-- $2 overdraft, $3 daily limit, NULL to keep; $4 true: no daily limit. An overdraft that is in use
-- cannot be lowered below the use: the account would stand where no posting may leave it.
UPDATE account
SET overdraft_minor = coalesce($2::bigint, overdraft_minor),
    daily_limit_minor = CASE WHEN $4::boolean THEN NULL
                             ELSE coalesce($3::bigint, daily_limit_minor) END
WHERE account_id = $1::bigint AND kind = 1 AND status <> 'C'
  AND ($2::bigint IS NULL OR $2::bigint >= balance_minor OR $2::bigint >= overdraft_minor)
RETURNING account_id, account_id, overdraft_minor, daily_limit_minor;
