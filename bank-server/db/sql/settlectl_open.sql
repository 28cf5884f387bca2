-- Opens SettleCtl of window $1 if it is not there yet.
INSERT INTO account (account_id, opened_on, kind, currency, product)
SELECT 140000000000 + $1::int, business_date, 14, currency, ($1::int)::text FROM bank
ON CONFLICT DO NOTHING
