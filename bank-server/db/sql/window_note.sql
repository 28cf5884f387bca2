-- What window $1 waits for: $2. The row when that is news.
UPDATE settlement_window SET reason = $2::text
 WHERE window_no = $1::int AND state IN ('RECONCILING', 'PENDING_SETTLEMENT') AND reason IS DISTINCT FROM $2::text
RETURNING window_no, reason
