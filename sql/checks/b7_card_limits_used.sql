-- B7: what a card used of its limits is what was approved less what was reversed that day
-- The day is the bank's business date when the withdrawal was posted, which its batch holds; the
-- terminal's own date may be one that ended.
WITH used AS (
    SELECT original.card_id,
           sum(original.amount_minor - coalesce(reversal.amount_minor - reversal.kept_minor, 0))
               AS used_minor,
           count(*) FILTER (WHERE reversal.txid IS NULL OR reversal.kept_minor > 0) AS used_count
    FROM card
    JOIN decision AS original ON original.card_id = card.card_id
    JOIN batch ON batch.lane_id = original.lane_id AND batch.batch_no = original.batch_no
    LEFT JOIN decision AS reversal ON reversal.txid = original.txid AND reversal.phase = 2
                                      AND reversal.rc = '00'
    WHERE original.operation = 3 AND original.phase = 0 AND original.rc = '00'
      AND batch.business_date = card.usage_date
    GROUP BY original.card_id)
SELECT 'card ' || card_id AS subject,
       'used is ' || card.used_minor || ' in ' || card.used_count || ' withdrawals on '
       || coalesce(usage_date::text, 'no day') || ', decisions say '
       || coalesce(used.used_minor, 0) || ' in ' || coalesce(used.used_count, 0) AS problem
FROM card LEFT JOIN used USING (card_id)
WHERE card.used_minor <> coalesce(used.used_minor, 0)
   OR card.used_count <> coalesce(used.used_count, 0);
