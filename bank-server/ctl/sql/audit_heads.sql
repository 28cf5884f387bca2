-- $1: what `bankctl --json heads` printed once. Heads that are no longer in the chain.
SELECT 'lane ' || kept.lane || ' batch ' || kept.batch_no AS subject,
       CASE WHEN lane.lane_id IS NULL THEN 'the lane is gone'
            WHEN kept.batch_no > 0 AND batch.lane_id IS NULL THEN 'the batch is gone'
            ELSE 'has another digest than the one kept' END AS problem
FROM json_to_recordset($1::json) AS kept (lane BIGINT, batch_no BIGINT, digest TEXT)
LEFT JOIN lane ON lane.lane_id = kept.lane
LEFT JOIN batch ON batch.lane_id = kept.lane AND batch.batch_no = kept.batch_no
WHERE kept.digest IS DISTINCT FROM
      encode(CASE kept.batch_no WHEN 0 THEN genesis ELSE batch.digest END, 'hex');
