SELECT peer_code, debit_count, debit_minor, credit_count, credit_minor, breaks
FROM submission LEFT JOIN position USING (window_no, bank_code, revision)
WHERE window_no = $1::integer AND bank_code = $2::integer AND revision = $3::integer;
