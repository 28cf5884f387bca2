INSERT INTO anchor (lane_id, seen_lane_id, seen_batch_no, seen_digest)
SELECT $1::bigint, n.* FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS n
