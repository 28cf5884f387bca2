UPDATE participant SET status = 'SUSPENDED' WHERE bank_code = $1::integer AND status = 'ACTIVE'
RETURNING bank_code;
