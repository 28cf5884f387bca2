-- 0011: statistics are gathered more seldom.
--
-- PostgreSQL's autovacuum analyzes a table when a tenth of it is new or has changed. Under load that
-- was so for one or two of these tables every quarter of a minute, and takes up to a second of a core
-- each time, while terminals wait. How accounts, decisions and entries are spread hardly changes, and
-- bank servers find rows by key anyway.
SET LOCAL search_path = bank, pg_temp;

ALTER TABLE account SET (autovacuum_analyze_scale_factor = 10);
ALTER TABLE decision SET (autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_insert_scale_factor = 0.5);
ALTER TABLE entry SET (autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_insert_scale_factor = 0.5);
