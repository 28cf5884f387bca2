-- No row: an account is missing, closed, or another customer's; or nobody issued this IIN.
INSERT INTO card (card_id, customer_id, pan_digest, pan_masked, expiry, pin_digest,
                  daily_limit_minor, daily_limit_count, account_ids)
SELECT $1::bigint, $2::bigint, $3::bytea, $4, $5::integer, $6::bytea,
       $7::bigint, $8::integer, $9::bigint[]
WHERE EXISTS (SELECT FROM iin WHERE iin = left($4, 8))
  AND cardinality($9::bigint[]) = (SELECT count(*) FROM account
                                   WHERE account_id = ANY ($9::bigint[]) AND kind = 1
                                     AND customer_id = $2::bigint AND status <> 'C')
RETURNING card_id;
