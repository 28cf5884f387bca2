-- The latest $1 postings with their legs, newest first. Batches in the order they were recorded
-- give the order. Neither decision by batch nor entry by txid has an index, which every posting
-- would pay for: one scan of each.
WITH latest AS MATERIALIZED (
    SELECT row_number() OVER () AS place, posting.*
    FROM (SELECT decision.* FROM decision
          JOIN batch USING (lane_id, batch_no)
          WHERE decision.rc = '00' AND decision.operation NOT IN (1, 2)
          ORDER BY recorded_at DESC, lane_id, batch_no DESC, item_no DESC
          LIMIT $1::bigint) AS posting)
SELECT latest.txid, latest.business_date, operation.code,
       CASE latest.phase WHEN 0 THEN 'request' WHEN 1 THEN 'confirmation' WHEN 2 THEN 'reversal'
                         WHEN 4 THEN 'outcome' WHEN 5 THEN 'credit' WHEN 6 THEN 'return'
                         WHEN 7 THEN 'fee' ELSE 'resolution' END,
       account_kind.code || CASE WHEN kind IN (3, 4) THEN ':' || product ELSE '' END,
       entry.account_id,
       CASE WHEN entry.amount_minor > 0 THEN entry.amount_minor END,
       CASE WHEN entry.amount_minor < 0 THEN -entry.amount_minor END
FROM latest
JOIN operation USING (operation)
JOIN entry ON entry.txid = latest.txid AND entry.phase = latest.phase
JOIN account ON account.account_id = entry.account_id
JOIN account_kind USING (kind)
ORDER BY place, entry.amount_minor < 0, entry.account_id;
