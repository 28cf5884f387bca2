UPDATE peer SET status = $2 WHERE peer_code = $1::integer RETURNING peer_code;
