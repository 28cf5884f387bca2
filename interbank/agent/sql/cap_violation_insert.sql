INSERT INTO cap_violation (window_no, bank_code, debit_minor, cap_minor)
VALUES ($1::integer, $2::integer, $3::bigint, $4::bigint);
