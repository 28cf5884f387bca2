-- Holds the business date until the batch is committed.
SELECT bank_code, business_date, currency::text, epoch, name, ''::text FROM bank FOR SHARE
