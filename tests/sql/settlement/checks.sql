-- Every check of sql/settlement/checks is silent on a right book and finds the wrong ones: each line of
-- the catalogue below breaks one thing, as somebody with all rights could, and names the checks that
-- must notice, with the subject they must name. Run from the top of the checkout.
\set schema agent
\ir ../support/begin.psql
\ir book.psql

CREATE TEMPORARY TABLE checks (name TEXT PRIMARY KEY, text TEXT NOT NULL);
\set text `cat sql/settlement/checks/balances_are_sums_of_entries.sql`
INSERT INTO checks VALUES ('balances_are_sums_of_entries', :'text');
\set text `cat sql/settlement/checks/entries_follow_each_other.sql`
INSERT INTO checks VALUES ('entries_follow_each_other', :'text');
\set text `cat sql/settlement/checks/final_windows_have_finality.sql`
INSERT INTO checks VALUES ('final_windows_have_finality', :'text');
\set text `cat sql/settlement/checks/instructions_are_paid_once.sql`
INSERT INTO checks VALUES ('instructions_are_paid_once', :'text');
\set text `cat sql/settlement/checks/pairs_make_up_nets.sql`
INSERT INTO checks VALUES ('pairs_make_up_nets', :'text');
\set text `cat sql/settlement/checks/settled_pairs_were_agreed.sql`
INSERT INTO checks VALUES ('settled_pairs_were_agreed', :'text');
\set text `cat sql/settlement/checks/settlements_are_booked.sql`
INSERT INTO checks VALUES ('settlements_are_booked', :'text');
\set text `cat sql/settlement/checks/tech_is_empty.sql`
INSERT INTO checks VALUES ('tech_is_empty', :'text');
\set text `cat sql/settlement/checks/transfers_add_up_to_zero.sql`
INSERT INTO checks VALUES ('transfers_add_up_to_zero', :'text');
\set text `cat sql/settlement/checks/windows_follow_each_other.sql`
INSERT INTO checks VALUES ('windows_follow_each_other', :'text');
\set text `cat sql/settlement/checks/x2_nets_add_up_to_zero.sql`
INSERT INTO checks VALUES ('x2_nets_add_up_to_zero', :'text');
\set text `cat sql/settlement/checks/x3_total_is_zero.sql`
INSERT INTO checks VALUES ('x3_total_is_zero', :'text');
\set text `cat sql/settlement/checks/x4_caps_are_prefunded.sql`
INSERT INTO checks VALUES ('x4_caps_are_prefunded', :'text');

\ir ../support/find.psql

CREATE TEMPORARY TABLE wrong (what TEXT, statement TEXT, expected TEXT[]);
INSERT INTO wrong VALUES
('an entry was edited', $$
    UPDATE agent.entry SET amount_minor = amount_minor - 1 WHERE account_id = 'RESERVE:90000003' AND entry_no = 2 $$,
 '{balances_are_sums_of_entries: account RESERVE:90000003,
   entries_follow_each_other: account RESERVE:90000003 entry 2,
   settlements_are_booked: window 1 bank 90000003,
   transfers_add_up_to_zero: transfer 00000000-0000-7000-8000-000000000011}'),
('a balance was edited', $$
    UPDATE agent.account SET balance_minor = balance_minor + 100 WHERE account_id = 'RESERVE:90000001' $$,
 '{balances_are_sums_of_entries: account RESERVE:90000001, x3_total_is_zero: currency EUR}'),
('money was moved from one to another without an entry', $$
    UPDATE agent.account SET balance_minor = balance_minor + 100 WHERE account_id = 'RESERVE:90000001';
    UPDATE agent.account SET balance_minor = balance_minor - 100 WHERE account_id = 'RESERVE:90000002' $$,
 '{balances_are_sums_of_entries: account RESERVE:90000001,
   balances_are_sums_of_entries: account RESERVE:90000002}'),
('an entry number was skipped', $$
    UPDATE agent.account SET entry_no = 2 WHERE account_id = 'PREFUND:90000002';
    UPDATE agent.entry SET entry_no = 2 WHERE account_id = 'PREFUND:90000002' $$,
 '{entries_follow_each_other: account PREFUND:90000002 entry 2}'),
('a transfer stopped half way', $$
    DELETE FROM agent.entry WHERE account_id = 'RESERVE:90000002' AND txid = '00000000-0000-7000-8000-000000000021';
    DELETE FROM agent.entry WHERE account_id = 'TECH:EUR' AND amount_minor = -100;
    UPDATE agent.account SET balance_minor = 100, entry_no = 3 WHERE account_id = 'TECH:EUR';
    UPDATE agent.account SET balance_minor = 7000, entry_no = 2 WHERE account_id = 'RESERVE:90000002' $$,
 '{tech_is_empty: account TECH:EUR}'),
('a bank was told another net', $$
    UPDATE agent.settlement SET net_minor = -3001, debit_minor = 3001 WHERE bank_code = 90000002 $$,
 '{pairs_make_up_nets: window 1 bank 90000002, settlements_are_booked: window 1 bank 90000002,
   x2_nets_add_up_to_zero: window 1 EUR}'),
('a bank was told that less prefunding was drawn', $$
    UPDATE agent.settlement SET prefunding_drawn_minor = 1 WHERE bank_code = 90000002 $$,
 '{settlements_are_booked: window 1 bank 90000002}'),
('a bank has no result', $$ DELETE FROM agent.settlement WHERE bank_code = 90000003 $$,
 '{final_windows_have_finality: window 1 bank 90000003, settlements_are_booked: window 1 bank 90000003,
   x2_nets_add_up_to_zero: window 1 EUR}'),
('a pending window has a result', $$
    INSERT INTO agent.settlement VALUES (2, 90000003, 0, 0, 0, 0, 0, 'ACTIVE', 0, 9500, 0, 'f', 'c') $$,
 '{final_windows_have_finality: window 2 bank 90000003}'),
('a pair settled at one bank only', $$
    UPDATE agent.settlement_pair SET settled = false WHERE bank_code = 90000003 AND peer_code = 90000002 $$,
 '{pairs_make_up_nets: window 1 banks 90000002 and 90000003}'),
('a pair settled by what nobody submitted', $$
    DELETE FROM agent.position WHERE window_no = 1 AND bank_code = 90000002 AND peer_code = 90000003;
    DELETE FROM agent.position WHERE window_no = 1 AND bank_code = 90000003 AND peer_code = 90000002 $$,
 '{settled_pairs_were_agreed: window 1 bank 90000002 peer 90000003,
   settled_pairs_were_agreed: window 1 bank 90000003 peer 90000002}'),
('a higher revision came behind the settlement', $$
    SELECT pg_temp.submit(1, 90000003, 2, '{-501,0,0}') $$,
 '{settled_pairs_were_agreed: window 1 bank 90000003 peer 90000001}'),
('an instruction was paid by a step that is not there', $$
    UPDATE agent.instruction SET state = 'SETTLED', step_no = 2 WHERE instruction_no = 2 $$,
 '{instructions_are_paid_once: window 2 instruction 2}'),
('an instruction waits in a final window', $$
    UPDATE agent.instruction SET window_no = 1, step_no = NULL, state = 'QUEUED' WHERE instruction_no = 2 $$,
 '{instructions_are_paid_once: window 1 instruction 2}'),
('a window is missing', $$ DELETE FROM agent.settlement_window WHERE window_no = 2 $$,
 '{windows_follow_each_other: window 3}'),
('the agent lags behind its windows', $$ UPDATE agent.agent SET window_no = 2 $$,
 '{windows_follow_each_other: window 2, windows_follow_each_other: window 3}'),
('a cap without prefunding', $$ UPDATE agent.participant SET cap_minor = 1 WHERE bank_code = 90000001 $$,
 '{x4_caps_are_prefunded: participant 90000001}');

SELECT plan(3 + (SELECT count(*)::int FROM wrong));
\set files `ls sql/settlement/checks | grep '\.sql$' | sed 's/\.sql$//' | tr '\n' ' '`
SELECT is((SELECT string_agg(name || ' ', '' ORDER BY name COLLATE "C") FROM checks), :'files',
          'every file of sql/settlement/checks is tested here');
SELECT is(pg_temp.after('SELECT'), '{}', 'a right book has no violation');
SELECT is((SELECT array_agg(DISTINCT split_part(line, ':', 1)) FROM wrong, unnest(expected) AS line),
          (SELECT array_agg(name ORDER BY name) FROM checks), 'every check finds something');
SELECT is(pg_temp.after(statement),
          (SELECT coalesce(array_agg(line ORDER BY line), '{}') FROM unnest(expected) AS line), what)
FROM wrong;
SELECT * FROM finish();
ROLLBACK;
