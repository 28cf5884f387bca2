-- What members of window $1 say of each other in their highest revisions.
SELECT bank_code, peer_code, debit_count, debit_minor, credit_count, credit_minor
FROM current_position WHERE window_no = $1::integer;
