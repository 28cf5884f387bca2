INSERT INTO bank (bank_code, name, currency, business_date)
VALUES ($1::integer, $2, $3, $4::date);
