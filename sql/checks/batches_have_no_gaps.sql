-- Chain: each lane's batches are numbered without gaps, and hold the decisions they count
SELECT 'lane ' || coalesce(batch.lane_id, held.lane_id) || ' batch '
       || coalesce(batch.batch_no, held.batch_no) AS subject,
       CASE WHEN batch.lane_id IS NULL THEN 'has decisions but no row'
            WHEN batch.batch_no <> place THEN 'is number ' || place || ' of its lane'
            ELSE 'counts ' || item_count || ' decisions, has ' || coalesce(items, 0) END AS problem
FROM (SELECT lane_id, batch_no, item_count,
             row_number() OVER (PARTITION BY lane_id ORDER BY batch_no) AS place
      FROM batch) AS batch
FULL JOIN (SELECT lane_id, batch_no, count(*) AS items, max(item_no) AS last_no
           FROM decision GROUP BY lane_id, batch_no) AS held
     ON held.lane_id = batch.lane_id AND held.batch_no = batch.batch_no
WHERE batch.lane_id IS NULL OR held.lane_id IS NULL
   OR batch.batch_no <> place OR item_count <> items OR last_no <> item_count - 1;
