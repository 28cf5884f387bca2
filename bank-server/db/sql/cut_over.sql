-- Closes window $1, if it is the open one, at $2 (Unix time, ms); see cut_over() in sql/migrations/0008.
SELECT cut_over($1::int, to_timestamp($2::bigint / 1000.0))
