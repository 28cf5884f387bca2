-- $2 most cash a day, $3 most withdrawals a day, NULL to keep.
UPDATE card
SET daily_limit_minor = coalesce($2::bigint, daily_limit_minor),
    daily_limit_count = coalesce($3::integer, daily_limit_count)
WHERE card_id = $1::bigint
RETURNING card_id, pan_masked, daily_limit_minor, daily_limit_count;
