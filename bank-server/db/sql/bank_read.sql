SELECT bank_code, business_date, currency::text, epoch, name, window_no, surcharge_minor
  FROM bank
