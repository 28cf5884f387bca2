-- Waits for the posting transactions in flight, which hold the row FOR SHARE.
UPDATE bank SET business_date = coalesce($1::date, business_date + 1)
WHERE coalesce($1::date, business_date + 1) > business_date
RETURNING business_date;
