SELECT finality, certificate FROM settlement
WHERE window_no = $1::integer AND bank_code = $2::integer;
