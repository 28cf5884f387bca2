-- Holds the business date until the batch is committed, and the open window: the lock that a cut-over waits for
-- (cut_over() in sql/migrations/0008) comes first, because those who share a row never queue.
SELECT bank_code, business_date, currency::text, epoch, name, window_no, surcharge_minor
  FROM bank WHERE (SELECT pg_advisory_xact_lock_shared(29815)) IS NOT NULL FOR SHARE
