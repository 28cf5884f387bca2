-- 0007: decisions without an index by batch.
--
-- It served the audit and bankctl ledger, which read the whole table anyway, and every posting paid
-- for it. They sort.
SET LOCAL search_path = bank, pg_temp;

DROP INDEX decision_by_batch;
