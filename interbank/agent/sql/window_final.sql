UPDATE settlement_window
SET state = $2, final_at = $3::timestamptz, next_try_at = NULL, reason = NULL
WHERE window_no = $1::integer;
