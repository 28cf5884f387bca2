-- B7: what left an account of its daily limit is what was approved less what was reversed that day
-- Withdrawals, transfers and cash at the counter count, without fees; a transfer to another bank
-- from the moment it is held, and no more once it is released. The day is the one its batch holds.
WITH used AS (
    SELECT original.account_id,
           sum(CASE WHEN release.txid IS NOT NULL THEN 0
                    ELSE original.amount_minor
                         - coalesce(reversal.amount_minor - reversal.kept_minor, 0) END)
               AS used_minor
    FROM account
    JOIN decision AS original ON original.account_id = account.account_id
    JOIN batch ON batch.lane_id = original.lane_id AND batch.batch_no = original.batch_no
    LEFT JOIN decision AS reversal ON reversal.txid = original.txid AND reversal.phase = 2
                                      AND reversal.rc = '00'
    LEFT JOIN decision AS release ON original.operation = 5 AND release.txid = original.txid
                                     AND release.phase = 4 AND release.rc <> '00'
    WHERE original.operation IN (3, 5, 11) AND original.phase = 0 AND original.rc = '00'
      AND batch.business_date = account.daily_date
    GROUP BY original.account_id)
SELECT 'account ' || account_id AS subject,
       'used is ' || daily_used_minor || ' on ' || coalesce(daily_date::text, 'no day')
       || ', decisions say ' || coalesce(used_minor, 0) AS problem
FROM account LEFT JOIN used USING (account_id)
WHERE daily_used_minor <> coalesce(used_minor, 0);
