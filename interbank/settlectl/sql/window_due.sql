UPDATE settlement_window SET next_try_at = NULL
WHERE window_no = $1::integer AND state = 'PENDING_SETTLEMENT' RETURNING window_no;
