SELECT jws, stored_at FROM directory ORDER BY serial DESC LIMIT 1;
