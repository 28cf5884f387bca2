-- B7: what left an account of its daily limit is what was approved less what was reversed that day
-- Withdrawals, transfers and cash at the counter count; the day is the one its batch holds.
WITH used AS (
    SELECT original.account_id,
           sum(original.amount_minor - coalesce(reversal.amount_minor - reversal.kept_minor, 0))
               AS used_minor
    FROM account
    JOIN decision AS original ON original.account_id = account.account_id
    JOIN batch ON batch.lane_id = original.lane_id AND batch.batch_no = original.batch_no
    LEFT JOIN decision AS reversal ON reversal.txid = original.txid AND reversal.phase = 2
                                      AND reversal.rc = '00'
    WHERE original.operation IN (3, 5, 11) AND original.phase = 0 AND original.rc = '00'
      AND batch.business_date = account.daily_date
    GROUP BY original.account_id)
SELECT 'account ' || account_id AS subject,
       'used is ' || daily_used_minor || ' on ' || coalesce(daily_date::text, 'no day')
       || ', decisions say ' || coalesce(used_minor, 0) AS problem
FROM account LEFT JOIN used USING (account_id)
WHERE daily_used_minor <> coalesce(used_minor, 0);
