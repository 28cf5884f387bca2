-- The last link of every lane's chain; a lane without a batch stands at its genesis, batch 0.
SELECT lane.lane_id, server, coalesce(batch_no, 0), encode(coalesce(digest, genesis), 'hex')
FROM lane
LEFT JOIN LATERAL (SELECT batch_no, digest FROM batch WHERE batch.lane_id = lane.lane_id
                   ORDER BY batch_no DESC LIMIT 1) AS head ON true
ORDER BY started_at, lane.lane_id;
