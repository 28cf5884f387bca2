SELECT bank_code, business_date, currency::text, epoch, name,
       (SELECT string_agg(iin::text, ',' ORDER BY iin) FROM iin),
       window_no, surcharge_minor
  FROM bank
