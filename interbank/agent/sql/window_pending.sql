UPDATE settlement_window
SET state = 'PENDING_SETTLEMENT', pending_at = now(), attempts = 0, next_try_at = NULL, reason = NULL
WHERE window_no = $1::integer AND state = 'CLOSED';
