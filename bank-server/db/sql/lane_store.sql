INSERT INTO lane (lane_id, server, genesis) VALUES ($1::bigint, $2::text, $3::bytea)
