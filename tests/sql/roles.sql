-- Who may do what. Each line of the catalogue is one statement in one role: the bank server cannot
-- rewrite history, operators cannot make money or read PIN digests, auditors change nothing.
-- Runs in a database that `bankctl migrate` prepared; changes nothing.
\ir support/begin.psql
\ir support/book.psql

\ir support/attempt.psql

CREATE TEMPORARY TABLE attempts (role TEXT, statement TEXT, expected TEXT);
-- History is append-only for everybody, and so is what operators did.
INSERT INTO attempts
SELECT role, format(statement, name), 'refused'
FROM unnest(ARRAY['tw_bank', 'tw_operator', 'tw_audit']) AS role,
     unnest(ARRAY['decision', 'entry', 'batch', 'lane', 'anchor', 'operator_action', 'operation',
                  'account_kind', 'migration']) AS name,
     unnest(ARRAY['DELETE FROM bank.%I', 'TRUNCATE bank.%I', 'DROP TABLE bank.%I',
                  'ALTER TABLE bank.%I DISABLE TRIGGER ALL']) AS statement;
INSERT INTO attempts
SELECT role, statement, 'refused'
FROM unnest(ARRAY['tw_bank', 'tw_operator', 'tw_audit']) AS role, unnest(ARRAY[
    'UPDATE bank.decision SET rc = ''00''',
    'UPDATE bank.decision SET amount_minor = 0',
    'UPDATE bank.entry SET amount_minor = 1',
    'UPDATE bank.entry SET balance_minor = 1',
    'UPDATE bank.batch SET digest = digest',
    'UPDATE bank.batch SET business_date = business_date',
    'UPDATE bank.lane SET genesis = genesis',
    'UPDATE bank.anchor SET seen_digest = seen_digest',
    'UPDATE bank.migration SET checksum = checksum',
    'UPDATE bank.bank SET bank_code = 90000009',
    'UPDATE bank.bank SET currency = ''USD''',
    'UPDATE bank.account SET account_id = 1000000009 WHERE account_id = 1000000001',
    'UPDATE bank.account SET customer_id = 2 WHERE account_id = 1000000001',
    'UPDATE bank.account SET kind = 2 WHERE account_id = 300000017',
    'UPDATE bank.card SET pan_digest = pan_digest',
    'UPDATE bank.operator_action SET operator = ''nobody''',
    'DELETE FROM bank.account', 'DELETE FROM bank.card', 'DELETE FROM bank.customer',
    'DELETE FROM bank.terminal', 'DELETE FROM bank.bank', 'TRUNCATE bank.account',
    'CREATE TABLE bank.own (a int)', 'CREATE SCHEMA own', 'CREATE TEMPORARY TABLE own (a int)',
    'CREATE TABLE public.own (a int)', 'CREATE ROLE own', 'ALTER ROLE tw_bank SUPERUSER',
    'SET session_replication_role = replica']) AS statement;
INSERT INTO attempts (role, statement, expected) VALUES
-- The bank server posts, and nothing else.
('tw_bank', 'SELECT * FROM bank.card FOR UPDATE', 'allowed'),
('tw_bank', 'SELECT * FROM bank.account ORDER BY account_id FOR UPDATE', 'allowed'),
('tw_bank', 'SELECT * FROM bank.terminal FOR UPDATE', 'allowed'),
('tw_bank', 'SELECT * FROM bank.bank FOR SHARE', 'allowed'),
('tw_bank', 'UPDATE bank.account SET balance_minor = 1, entry_no = 1, daily_used_minor = 1', 'allowed'),
('tw_bank', 'UPDATE bank.card SET tries_left = 2, used_minor = 1, pin_digest = pin_digest', 'allowed'),
('tw_bank', 'UPDATE bank.terminal SET signed_on = true, pin_failures = 1', 'allowed'),
('tw_bank', 'INSERT INTO bank.lane (lane_id, server, genesis) VALUES (2, ''x'', sha256(''x''))', 'allowed'),
('tw_bank', 'INSERT INTO bank.batch (lane_id, batch_no, item_count, digest) VALUES (1, 99, 1, sha256(''x''))', 'allowed'),
('tw_bank', 'INSERT INTO bank.entry SELECT account_id, 99, 1, 1, txid, phase FROM bank.entry LIMIT 1', 'allowed'),
('tw_bank', 'INSERT INTO bank.batch (lane_id, batch_no, item_count, digest, business_date) VALUES (1, 99, 1, sha256(''x''), ''2000-01-01'')', 'refused'),
('tw_bank', 'UPDATE bank.account SET overdraft_minor = 1000', 'refused'),
('tw_bank', 'UPDATE bank.account SET daily_limit_minor = NULL', 'refused'),
('tw_bank', 'UPDATE bank.account SET status = ''O''', 'refused'),
('tw_bank', 'UPDATE bank.card SET status = ''A''', 'refused'),
('tw_bank', 'UPDATE bank.card SET daily_limit_minor = 1000000', 'refused'),
('tw_bank', 'UPDATE bank.card SET account_ids = ''{1000000002}''', 'refused'),
('tw_bank', 'UPDATE bank.terminal SET status = ''A''', 'refused'),
('tw_bank', 'UPDATE bank.bank SET business_date = business_date + 1', 'refused'),
('tw_bank', 'UPDATE bank.bank SET epoch = epoch + 1', 'refused'),
('tw_bank', 'INSERT INTO bank.customer VALUES (9, ''X'', ''2026-11-20'')', 'refused'),
('tw_bank', 'INSERT INTO bank.operator_action (action_id, system_user_name, action, subject) VALUES (gen_random_uuid(), ''a'', ''b'', ''c'')', 'refused'),
-- Between banks it opens accounts, keeps exposures, positions and messages; agreements are not its.
('tw_bank', 'INSERT INTO bank.account (account_id, opened_on, kind, currency, product) VALUES (900000020000000100, ''2026-11-20'', 13, ''EUR'', ''0'')', 'allowed'),
('tw_bank', 'INSERT INTO bank.account (account_id, opened_on, kind, currency, product, overdraft_minor) VALUES (900000020000000100, ''2026-11-20'', 13, ''EUR'', ''0'', 1)', 'refused'),
('tw_bank', 'UPDATE bank.exposure SET owed_minor = 1, share_minor = 1', 'allowed'),
('tw_bank', 'UPDATE bank.peer SET interchange_minor = 1', 'refused'),
('tw_bank', 'SELECT bank.cut_over(1, now())', 'allowed'),
('tw_operator', 'SELECT bank.cut_over(1, now())', 'allowed'),
('tw_audit', 'SELECT bank.cut_over(1, now())', 'refused'),
('tw_bank', 'UPDATE bank.bank SET cut_over_times = ''06:00''', 'refused'),
('tw_operator', 'UPDATE bank.bank SET cut_over_times = ''06:00'', cut_over_set_at = now()', 'allowed'),
('tw_bank', 'UPDATE bank.position SET debit_count = 1, digest = digest, agreed_minor = 1, agreed_entry_no = 1', 'allowed'),
('tw_bank', 'UPDATE bank.position SET window_no = 2', 'refused'),
('tw_operator', 'UPDATE bank.position SET agreed_minor = 1', 'refused'),
('tw_operator', 'UPDATE bank.window_pair SET state = ''AGREED''', 'refused'),
('tw_operator', 'UPDATE bank.recon_break SET ours_minor = 0', 'refused'),
('tw_operator', 'UPDATE bank.recon_break SET owner = ''ada'', state = ''OPEN''', 'allowed'),
('tw_operator', 'DELETE FROM bank.recon_break', 'refused'),
('tw_operator', 'DELETE FROM bank.break_entry', 'refused'),
('tw_bank', 'DELETE FROM bank.settlement_window', 'refused'),
('tw_operator', 'DELETE FROM bank.settlement_window', 'refused'),
('tw_audit', 'SELECT * FROM bank.position, bank.settlement_window, bank.window_pair, bank.recon_break, bank.break_entry, bank.interbank_item, bank.position_of_items', 'allowed'),
('tw_bank', 'UPDATE bank.peer SET name = ''X''', 'allowed'),
-- What the settlement agent cuts and whom it suspends is taken over with a window's finality.
('tw_bank', 'UPDATE bank.peer SET limit_minor = 1, status = ''S''', 'allowed'),
('tw_bank', 'SELECT bank.install_directory(1, ''x'', ''{}'', ''{}'')', 'allowed'),
('tw_operator', 'SELECT bank.install_directory(1, ''x'', ''{}'', ''{}'')', 'allowed'),
('tw_audit', 'SELECT bank.install_directory(1, ''x'', ''{}'', ''{}'')', 'refused'),
('tw_bank', 'INSERT INTO bank.saf (peer_code, txid, phase, method, params, window_no) VALUES (90000002, gen_random_uuid(), 2, ''x'', ''{}'', 1)', 'allowed'),
('tw_bank', 'INSERT INTO bank.saf (peer_code, txid, phase, method, params, window_no, stored_at) VALUES (90000002, gen_random_uuid(), 2, ''x'', ''{}'', 1, now())', 'allowed'),
('tw_bank', 'UPDATE bank.saf SET stored_at = now()', 'refused'),
('tw_bank', 'DELETE FROM bank.saf', 'allowed'),
('tw_bank', 'UPDATE bank.saf SET params = ''{}''', 'refused'),
('tw_bank', 'UPDATE bank.directory SET jws = ''''', 'refused'),
('tw_bank', 'DELETE FROM bank.directory', 'refused'),
('tw_operator', 'DELETE FROM bank.saf', 'refused'),
('tw_operator', 'UPDATE bank.exposure SET owed_minor = 0', 'refused'),
('tw_operator', 'UPDATE bank.peer SET limit_minor = 1, status = ''S'', interchange_minor = 1', 'allowed'),
('tw_audit', 'SELECT * FROM bank.saf, bank.peer, bank.exposure, bank.directory', 'allowed'),
-- Operators keep master data, and touch no money and no secret.
('tw_operator', 'INSERT INTO bank.customer (customer_id, name, opened_on) VALUES (9, ''X'', ''2026-11-20'')', 'allowed'),
('tw_operator', 'INSERT INTO bank.account (account_id, overdraft_minor, customer_id, opened_on, kind, currency, product) VALUES (1000000009, 0, 1, ''2026-11-20'', 1, ''EUR'', ''checking'')', 'allowed'),
('tw_operator', 'INSERT INTO bank.account (account_id, customer_id, opened_on, kind, currency, product, balance_minor) VALUES (1000000009, 1, ''2026-11-20'', 1, ''EUR'', ''checking'', -100000)', 'refused'),
('tw_operator', 'INSERT INTO bank.account (account_id, customer_id, opened_on, kind, currency, product, entry_no) VALUES (1000000009, 1, ''2026-11-20'', 1, ''EUR'', ''checking'', 5)', 'refused'),
('tw_operator', 'UPDATE bank.account SET balance_minor = -100000', 'refused'),
('tw_operator', 'UPDATE bank.account SET entry_no = 0', 'refused'),
('tw_operator', 'UPDATE bank.account SET daily_used_minor = 0', 'refused'),
('tw_operator', 'UPDATE bank.account SET status = ''B'' WHERE kind = 1', 'allowed'),
('tw_operator', 'UPDATE bank.card SET status = ''L'', session = NULL', 'allowed'),
('tw_operator', 'UPDATE bank.card SET used_minor = 0', 'refused'),
('tw_operator', 'UPDATE bank.card SET pin_digest = pan_digest', 'refused'),
('tw_operator', 'SELECT pin_digest FROM bank.card', 'refused'),
('tw_operator', 'INSERT INTO bank.card (card_id, customer_id, pan_digest, pan_masked, expiry, pin_digest, account_ids, session) VALUES (9, 1, sha256(''9''), ''92760001****0000'', 3011, sha256(''9''), ''{1000000001}'', gen_random_uuid())', 'refused'),
('tw_operator', 'INSERT INTO bank.terminal (terminal_id, location) VALUES (18, ''x'')', 'allowed'),
('tw_operator', 'INSERT INTO bank.terminal (terminal_id, location, signed_on) VALUES (18, ''x'', true)', 'refused'),
('tw_operator', 'UPDATE bank.bank SET business_date = business_date + 1', 'allowed'),
('tw_operator', 'INSERT INTO bank.decision SELECT * FROM bank.decision', 'refused'),
('tw_operator', 'INSERT INTO bank.entry SELECT * FROM bank.entry', 'refused'),
('tw_operator', 'INSERT INTO bank.batch (lane_id, batch_no, item_count, digest) VALUES (1, 99, 1, sha256(''x''))', 'refused'),
('tw_operator', 'INSERT INTO bank.operator_action (action_id, system_user_name, action, subject) VALUES (gen_random_uuid(), ''a'', ''b'', ''c'')', 'allowed'),
('tw_operator', 'INSERT INTO bank.operator_action (action_id, operator, system_user_name, action, subject) VALUES (gen_random_uuid(), ''boss'', ''a'', ''b'', ''c'')', 'refused'),
-- Auditors read all but PIN digests.
('tw_audit', 'SELECT * FROM bank.entry, bank.decision, bank.batch, bank.lane, bank.anchor', 'allowed'),
('tw_audit', 'SELECT card_id, used_minor FROM bank.card', 'allowed'),
('tw_audit', 'SELECT pin_digest FROM bank.card', 'refused'),
('tw_audit', 'SELECT * FROM bank.account FOR UPDATE', 'refused'),
('tw_audit', 'UPDATE bank.account SET status = ''B''', 'refused'),
('tw_audit', 'INSERT INTO bank.customer VALUES (9, ''X'', ''2026-11-20'')', 'refused'),
('tw_audit', 'INSERT INTO bank.entry SELECT * FROM bank.entry', 'refused');

SELECT plan(4 + (SELECT count(*)::int FROM attempts));
SELECT is_empty($$
    SELECT rolname FROM pg_roles WHERE rolname IN ('tw_bank', 'tw_operator', 'tw_audit')
      AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls OR NOT rolcanlogin) $$,
    'roles can log in and have no power beside their grants');
SELECT is_empty($$
    SELECT roleid::regrole, member::regrole FROM pg_auth_members
    WHERE member::regrole::text LIKE 'tw\_%' AND member::regrole::text <> 'tw_owner'
       OR roleid::regrole::text IN ('tw_bank', 'tw_operator', 'tw_audit')
          AND member::regrole::text IN ('tw_bank', 'tw_operator', 'tw_audit') $$,
    'no role is a member of another');
SELECT is_empty($$
    SELECT relname FROM pg_class, aclexplode(relacl)
    WHERE relnamespace = 'bank'::regnamespace AND grantee = 0 $$, 'PUBLIC has no right');
SELECT is_empty($$
    SELECT datacl FROM pg_database, aclexplode(datacl)
    WHERE datname = current_database() AND grantee = 0 $$, 'PUBLIC cannot enter the database');
SELECT is(pg_temp.attempt(role, statement), expected, role || ' ' || expected || ': ' || statement)
FROM attempts;
SELECT * FROM finish();
ROLLBACK;
