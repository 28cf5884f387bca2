UPDATE peer SET interchange_minor = $2::bigint WHERE peer_code = $1::integer RETURNING peer_code;
