-- $2 the new status, $3 the statuses it may follow. Closing an account with a balance is refused by
-- a constraint.
UPDATE account SET status = $2 WHERE account_id = $1::bigint AND kind = 1 AND status = ANY ($3::text[])
RETURNING account_id;
