-- 0011: batch.business_date's default without a search path to set.
--
-- A function that sets one pays for it at every call, twice: 15 us of every batch, however small. This one names
-- its table with the schema and uses no operator, so that no search path matters.
SET LOCAL search_path = bank, pg_temp;

CREATE OR REPLACE FUNCTION current_business_date() RETURNS DATE
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS 'BEGIN RETURN (SELECT b.business_date FROM bank.bank AS b); END';
