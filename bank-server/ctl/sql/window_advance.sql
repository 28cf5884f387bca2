-- At $1 (Unix time, ms). NULL: somebody else did it; 0: batches in flight did not end in time.
SELECT cut_over(window_no, to_timestamp($1::bigint / 1000.0)) FROM bank;
