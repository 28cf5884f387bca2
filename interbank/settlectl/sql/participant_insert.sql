INSERT INTO participant (bank_code, name, currency, first_window_no)
SELECT $1::integer, $2, $3, window_no FROM agent;
