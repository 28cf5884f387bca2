-- 0011: statistics are gathered more seldom.
--
-- PostgreSQL's autovacuum analyzes a table when a tenth of it has changed. Balances change many times
-- a minute and decisions and entries are never changed, but under load each of these tables was
-- analyzed every quarter of a minute, which takes half a second to two seconds of a core while
-- terminals wait. How accounts, decisions and entries are spread hardly changes, and bank servers find
-- rows by key anyway.
SET LOCAL search_path = bank, pg_temp;

ALTER TABLE account SET (autovacuum_analyze_scale_factor = 10);
ALTER TABLE decision SET (autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_insert_scale_factor = 0.5);
ALTER TABLE entry SET (autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_insert_scale_factor = 0.5);
