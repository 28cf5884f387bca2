-- Times $1, set at $2 (Unix time, ms).
UPDATE bank SET cut_over_times = $1, cut_over_set_at = to_timestamp($2::bigint / 1000.0);
