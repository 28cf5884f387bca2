SELECT card_id, pan_masked, lpad(expiry::text, 4, '0'), customer_id,
       CASE status WHEN 'A' THEN 'active' WHEN 'L' THEN 'lost' WHEN 'S' THEN 'stolen'
                   ELSE 'restricted' END,
       tries_left, daily_limit_minor,
       daily_limit_count,
       CASE WHEN usage_date = business_date THEN used_minor ELSE 0 END,
       CASE WHEN usage_date = business_date THEN used_count ELSE 0 END,
       array_to_string(account_ids, ',')
FROM card CROSS JOIN bank
WHERE $1::bigint IS NULL OR customer_id = $1::bigint
ORDER BY customer_id, card_id;
