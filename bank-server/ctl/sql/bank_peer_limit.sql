UPDATE bank SET peer_limit_minor = $1::bigint;
