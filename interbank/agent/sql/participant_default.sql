UPDATE participant SET status = 'DEFAULTED', cap_minor = 0 WHERE bank_code = $1::integer;
