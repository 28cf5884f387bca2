UPDATE bank SET surcharge_minor = $1::bigint;
