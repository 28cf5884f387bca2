-- Waits for the posting transactions in flight, which hold the row FOR SHARE: whatever they stamped
-- is in the old window.
UPDATE bank SET window_no = window_no + 1 RETURNING window_no, business_date;
