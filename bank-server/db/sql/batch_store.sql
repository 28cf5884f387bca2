INSERT INTO batch (lane_id, batch_no, item_count, digest) VALUES ($1::bigint, $2::bigint, $3::int, $4::bytea)
