SELECT card_id, pan_digest, pin_digest, expiry, tries_left, status::text, session, daily_limit_minor,
       daily_limit_count, usage_date, used_minor, used_count, account_ids
  FROM card WHERE card_id = ANY ($1::bigint[])
