UPDATE settlement_window
SET attempts = attempts + 1, reason = $3,
    next_try_at = 'epoch'::timestamptz + $2::bigint * interval '1 millisecond'
WHERE window_no = $1::integer;
