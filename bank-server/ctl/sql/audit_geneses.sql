-- Every lane with what its genesis was made of, a row per anchor (or one without).
SELECT lane.lane_id, genesis, anchor.seen_lane_id, anchor.seen_batch_no, anchor.seen_digest,
       batch.digest
FROM lane
LEFT JOIN anchor ON anchor.lane_id = lane.lane_id
LEFT JOIN batch ON batch.lane_id = anchor.seen_lane_id AND batch.batch_no = anchor.seen_batch_no
ORDER BY lane.lane_id, anchor.seen_lane_id;
