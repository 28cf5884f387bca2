SELECT FROM card WHERE pan_digest = $1::bytea;
