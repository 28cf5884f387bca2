-- Who may do what at the settlement agent: no role rewrites what was booked, submitted or settled, and
-- money moves by post() alone.
-- Runs in a database that `settlectl migrate` prepared; changes nothing.
\set schema agent
\ir ../support/begin.psql
\ir book.psql
\ir ../support/attempt.psql

CREATE TEMPORARY TABLE attempts (role TEXT, statement TEXT, expected TEXT);
INSERT INTO attempts
SELECT role, format(statement, name), 'refused'
FROM unnest(ARRAY['tw_agent', 'tw_agent_operator', 'tw_agent_audit']) AS role,
     unnest(ARRAY['account', 'cap_violation', 'entry', 'instruction', 'migration', 'operator_action',
                  'participant', 'position', 'settlement', 'settlement_pair', 'settlement_total',
                  'settlement_window', 'submission', 'transfer', 'agent']) AS name,
     unnest(ARRAY['DELETE FROM agent.%I', 'TRUNCATE agent.%I', 'DROP TABLE agent.%I',
                  'ALTER TABLE agent.%I DISABLE TRIGGER ALL']) AS statement;
INSERT INTO attempts
SELECT role, statement, 'refused'
FROM unnest(ARRAY['tw_agent', 'tw_agent_operator', 'tw_agent_audit']) AS role, unnest(ARRAY[
    'UPDATE agent.account SET balance_minor = balance_minor + 1',
    'UPDATE agent.account SET entry_no = 0',
    'UPDATE agent.entry SET amount_minor = 1',
    'INSERT INTO agent.entry VALUES (''RESERVE:90000001'', 99, ''00000000-0000-7000-8000-000000000001'', 1, 1)',
    'INSERT INTO agent.transfer (txid, kind) VALUES (gen_random_uuid(), ''FUND'')',
    'UPDATE agent.transfer SET step_no = 2',
    'UPDATE agent.submission SET statement = ''x''',
    'UPDATE agent.position SET debit_minor = 1',
    'UPDATE agent.settlement SET finality = ''x''',
    'UPDATE agent.settlement_pair SET settled = true',
    'UPDATE agent.settlement_total SET efficiency_bp = 1',
    'UPDATE agent.cap_violation SET cap_minor = 0',
    'UPDATE agent.instruction SET amount_minor = 1',
    'UPDATE agent.instruction SET payee = 90000003',
    'UPDATE agent.settlement_window SET window_no = 9',
    'UPDATE agent.settlement_window SET opened_at = now()',
    'UPDATE agent.participant SET currency = ''USD''',
    'UPDATE agent.participant SET first_window_no = 9',
    'UPDATE agent.operator_action SET operator = ''nobody''',
    'UPDATE agent.migration SET checksum = checksum',
    'CREATE TABLE agent.own (a int)', 'CREATE SCHEMA own', 'CREATE TEMPORARY TABLE own (a int)',
    'CREATE ROLE own', 'ALTER ROLE tw_agent SUPERUSER', 'SET session_replication_role = replica']) AS statement;
INSERT INTO attempts (role, statement, expected) VALUES
('tw_agent', 'SELECT FROM agent.agent FOR UPDATE', 'allowed'),
('tw_agent', 'SELECT agent.post(gen_random_uuid(), ''FUND'', NULL, NULL, ''{ISSUE:EUR,RESERVE:90000001}'', ''{-1,1}'')', 'allowed'),
('tw_agent', 'SELECT agent.cut_over(NULL, NULL)', 'allowed'),
('tw_agent', 'UPDATE agent.participant SET status = ''SUSPENDED'', cap_minor = 0', 'allowed'),
('tw_agent', 'INSERT INTO agent.submission (window_no, bank_code, revision, net_minor, statement, certificate) VALUES (2, 90000001, 2, 0, ''s'', ''c'')', 'allowed'),
('tw_agent', 'INSERT INTO agent.submission VALUES (2, 90000001, 2, 0, ''s'', ''c'', ''2000-01-01'')', 'refused'),
('tw_agent', 'UPDATE agent.instruction SET state = ''SETTLED'', step_no = 1 WHERE window_no = 2 AND instruction_no = 2', 'allowed'),
('tw_agent', 'UPDATE agent.agent SET model = ''gross''', 'refused'),
('tw_agent', 'UPDATE agent.agent SET cut_over_times = ''''', 'refused'),
('tw_agent', 'INSERT INTO agent.participant (bank_code, name, currency, first_window_no) VALUES (90000004, ''X'', ''EUR'', 3)', 'refused'),
('tw_agent', 'INSERT INTO agent.operator_action (action_id, system_user_name, action, subject) VALUES (gen_random_uuid(), ''a'', ''b'', ''c'')', 'allowed'),
('tw_agent_operator', 'SELECT FROM agent.agent FOR UPDATE', 'allowed'),
('tw_agent_operator', 'UPDATE agent.agent SET model = ''gross'', caps = true', 'allowed'),
('tw_agent_operator', 'UPDATE agent.agent SET window_no = 9', 'refused'),
('tw_agent_operator', 'INSERT INTO agent.participant (bank_code, name, currency, first_window_no) VALUES (90000004, ''X'', ''EUR'', 3)', 'allowed'),
('tw_agent_operator', 'INSERT INTO agent.participant (bank_code, name, currency, first_window_no, cap_minor) VALUES (90000004, ''X'', ''EUR'', 3, 1)', 'refused'),
('tw_agent_operator', 'INSERT INTO agent.account (account_id, kind, currency) VALUES (''TECH:USD'', ''TECH'', ''USD'')', 'allowed'),
('tw_agent_operator', 'INSERT INTO agent.account (account_id, kind, currency, balance_minor) VALUES (''TECH:USD'', ''TECH'', ''USD'', 5)', 'refused'),
('tw_agent_operator', 'UPDATE agent.participant SET status = ''SUSPENDED''', 'allowed'),
('tw_agent_operator', 'SELECT agent.post(gen_random_uuid(), ''FUND'', NULL, NULL, ''{ISSUE:EUR,RESERVE:90000001}'', ''{-1,1}'')', 'refused'),
('tw_agent_operator', 'SELECT agent.cut_over(NULL, NULL)', 'refused'),
('tw_agent_operator', 'UPDATE agent.settlement_window SET state = ''CLOSED''', 'refused'),
('tw_agent_operator', 'INSERT INTO agent.submission (window_no, bank_code, revision, net_minor, statement, certificate) VALUES (2, 90000001, 2, 0, ''s'', ''c'')', 'refused'),
('tw_agent_operator', 'INSERT INTO agent.settlement_total VALUES (2, ''EUR'', 0, 0, 0, 0, 0)', 'refused'),
('tw_agent_audit', 'SELECT * FROM agent.settlement', 'allowed'),
('tw_agent_audit', 'SELECT FROM agent.agent FOR SHARE', 'refused'),
('tw_agent_audit', 'SELECT agent.post(gen_random_uuid(), ''FUND'', NULL, NULL, ''{ISSUE:EUR,RESERVE:90000001}'', ''{-1,1}'')', 'refused'),
('tw_agent_audit', 'SELECT agent.cut_over(NULL, NULL)', 'refused'),
('tw_agent_audit', 'UPDATE agent.participant SET status = ''ACTIVE''', 'refused');

SELECT plan(4 + (SELECT count(*)::int FROM attempts));
SELECT is_empty($$
    SELECT rolname FROM pg_roles WHERE rolname LIKE 'tw\_agent%'
      AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls OR NOT rolcanlogin) $$,
    'roles can log in and have no power beside their grants');
SELECT is_empty($$
    SELECT roleid::regrole, member::regrole FROM pg_auth_members
    WHERE roleid::regrole::text LIKE 'tw\_agent%' AND member::regrole::text LIKE 'tw\_agent%' $$,
    'no role is a member of another');
SELECT is_empty($$
    SELECT relname FROM pg_class, aclexplode(relacl)
    WHERE relnamespace = 'agent'::regnamespace AND grantee = 0
    UNION ALL
    SELECT proname FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    WHERE pronamespace = 'agent'::regnamespace AND grantee = 0 $$, 'PUBLIC has no right');
SELECT is_empty($$
    SELECT datacl FROM pg_database, aclexplode(datacl)
    WHERE datname = current_database() AND grantee = 0 $$, 'PUBLIC cannot enter the database');
SELECT is(pg_temp.attempt(role, statement), expected, role || ' ' || expected || ': ' || statement)
FROM attempts;
SELECT * FROM finish();
ROLLBACK;
