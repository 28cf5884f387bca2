-- The first window of a new bank, opened at $1 (Unix time, ms).
INSERT INTO settlement_window (window_no, opened_at)
SELECT window_no, to_timestamp($1::bigint / 1000.0) FROM bank;
