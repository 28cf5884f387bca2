COPY card (card_id, customer_id, pan_digest, pan_masked, expiry, pin_digest, daily_limit_minor,
           daily_limit_count, account_ids) FROM STDIN;
