-- Balance of account $1 at the beginning of business date $2, in the direction normal for its class.
SELECT coalesce(before.balance_minor, 0) * CASE WHEN class IN ('A', 'X') THEN 1 ELSE -1 END
FROM account
JOIN account_kind USING (kind)
LEFT JOIN LATERAL (
    SELECT entry.balance_minor
    FROM entry
    JOIN decision USING (txid, phase)
    JOIN batch USING (lane_id, batch_no)
    WHERE entry.account_id = account.account_id AND batch.business_date < $2::date
    ORDER BY entry.entry_no DESC
    LIMIT 1) AS before ON true
WHERE account.account_id = $1::bigint;
