-- Heads of all lanes that no anchor names yet.
SELECT l.lane_id, b.batch_no, b.digest
  FROM lane l
 CROSS JOIN LATERAL (SELECT batch_no, digest FROM batch WHERE lane_id = l.lane_id
                      ORDER BY batch_no DESC LIMIT 1) AS b
 WHERE NOT EXISTS (SELECT 1 FROM anchor a WHERE a.seen_lane_id = l.lane_id AND a.seen_batch_no = b.batch_no)
 ORDER BY l.lane_id
