SELECT bank_code, debit_minor, cap_minor FROM cap_violation
WHERE window_no = $1::integer ORDER BY bank_code;
