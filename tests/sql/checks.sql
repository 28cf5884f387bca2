-- Every check of sql/checks is silent on a right book and finds the wrong ones: each line of the
-- catalogue below breaks one thing, as somebody with all rights could, and names the checks that
-- must notice, with the subject they must name. Run from the top of the checkout.
\ir support/begin.psql
\ir support/book.psql
\ir support/interbank_book.psql

CREATE TEMPORARY TABLE checks (name TEXT PRIMARY KEY, text TEXT NOT NULL);
\set text `cat sql/checks/accounts_fit_the_chart.sql`
INSERT INTO checks VALUES ('accounts_fit_the_chart', :'text');
\set text `cat sql/checks/b1_entries_add_up_to_zero.sql`
INSERT INTO checks VALUES ('b1_entries_add_up_to_zero', :'text');
\set text `cat sql/checks/b2_answers_tell_the_books.sql`
INSERT INTO checks VALUES ('b2_answers_tell_the_books', :'text');
\set text `cat sql/checks/b2_balances_are_sums_of_entries.sql`
INSERT INTO checks VALUES ('b2_balances_are_sums_of_entries', :'text');
\set text `cat sql/checks/b2_entries_follow_each_other.sql`
INSERT INTO checks VALUES ('b2_entries_follow_each_other', :'text');
\set text `cat sql/checks/b3_customers_within_overdraft.sql`
INSERT INTO checks VALUES ('b3_customers_within_overdraft', :'text');
\set text `cat sql/checks/b4_advices_within_original.sql`
INSERT INTO checks VALUES ('b4_advices_within_original', :'text');
\set text `cat sql/checks/b4_approvals_are_posted_once.sql`
INSERT INTO checks VALUES ('b4_approvals_are_posted_once', :'text');
\set text `cat sql/checks/b4_entries_belong_to_approvals.sql`
INSERT INTO checks VALUES ('b4_entries_belong_to_approvals', :'text');
\set text `cat sql/checks/b5_dispense_clearing.sql`
INSERT INTO checks VALUES ('b5_dispense_clearing', :'text');
\set text `cat sql/checks/b6_deposits_pending.sql`
INSERT INTO checks VALUES ('b6_deposits_pending', :'text');
\set text `cat sql/checks/b6_transit.sql`
INSERT INTO checks VALUES ('b6_transit', :'text');
\set text `cat sql/checks/b7_account_limits_used.sql`
INSERT INTO checks VALUES ('b7_account_limits_used', :'text');
\set text `cat sql/checks/b7_card_limits_used.sql`
INSERT INTO checks VALUES ('b7_card_limits_used', :'text');
\set text `cat sql/checks/b8_messages_belong_to_decisions.sql`
INSERT INTO checks VALUES ('b8_messages_belong_to_decisions', :'text');
\set text `cat sql/checks/b8_messages_are_stored.sql`
INSERT INTO checks VALUES ('b8_messages_are_stored', :'text');
\set text `cat sql/checks/b9_breaks_are_corrected.sql`
INSERT INTO checks VALUES ('b9_breaks_are_corrected', :'text');
\set text `cat sql/checks/b9_settlement_control.sql`
INSERT INTO checks VALUES ('b9_settlement_control', :'text');
\set text `cat sql/checks/batches_have_no_gaps.sql`
INSERT INTO checks VALUES ('batches_have_no_gaps', :'text');
\set text `cat sql/checks/x4_exposures_are_what_is_owed.sql`
INSERT INTO checks VALUES ('x4_exposures_are_what_is_owed', :'text');
\set text `cat sql/checks/x4_items_are_as_decided.sql`
INSERT INTO checks VALUES ('x4_items_are_as_decided', :'text');
\set text `cat sql/checks/x4_limits_hold.sql`
INSERT INTO checks VALUES ('x4_limits_hold', :'text');
\set text `cat sql/checks/x4_positions_are_sums_of_items.sql`
INSERT INTO checks VALUES ('x4_positions_are_sums_of_items', :'text');

\ir support/find.psql

CREATE TEMPORARY TABLE wrong (what TEXT, statement TEXT, expected TEXT[]);
INSERT INTO wrong VALUES
('an entry was edited', $$
    UPDATE bank.entry SET amount_minor = amount_minor + 1 WHERE account_id = 20000 AND entry_no = 1 $$,
 '{b1_entries_add_up_to_zero: 00000000-0000-7000-8000-000000000001 phase 0,
   b2_balances_are_sums_of_entries: account 20000,
   b2_entries_follow_each_other: account 20000 entry 1,
   b4_approvals_are_posted_once: 00000000-0000-7000-8000-000000000001 phase 0}'),
('a balance was edited', $$
    UPDATE bank.account SET balance_minor = balance_minor - 100 WHERE account_id = 1000000002 $$,
 '{b2_balances_are_sums_of_entries: account 1000000002}'),
('an entry number was skipped', $$
    UPDATE bank.account SET entry_no = entry_no + 1 WHERE account_id = 1000000002;
    UPDATE bank.entry SET entry_no = 2 WHERE account_id = 1000000002 $$,
 '{b2_balances_are_sums_of_entries: account 1000000002,
   b2_entries_follow_each_other: account 1000000002 entry 2}'),
('an account vanished', $$ DELETE FROM bank.account WHERE account_id = 1000000002 $$,
 '{b2_balances_are_sums_of_entries: account 1000000002}'),
('a balance after an entry was edited', $$
    UPDATE bank.entry SET balance_minor = balance_minor + 7 WHERE account_id = 20000 AND entry_no = 1 $$,
 '{b2_entries_follow_each_other: account 20000 entry 1,
   b2_entries_follow_each_other: account 20000 entry 2}'),
('an answer told another balance', $$
    UPDATE bank.decision SET ledger_minor = ledger_minor + 1
    WHERE txid = '00000000-0000-7000-8000-000000000003' AND phase = 0 $$,
 '{b2_answers_tell_the_books: 00000000-0000-7000-8000-000000000003 phase 0}'),
('an answer named an entry that is not there', $$
    UPDATE bank.decision SET entry_no = 1000
    WHERE txid = '00000000-0000-7000-8000-000000000003' AND phase = 0 $$,
 '{b2_answers_tell_the_books: 00000000-0000-7000-8000-000000000003 phase 0}'),
('a customer spent what was not there', $$
    SELECT pg_temp.decide(20, 0, 5, '00', 100, 1000000001, 1000000002);
    UPDATE bank.account SET daily_used_minor = daily_used_minor + 100
    WHERE account_id = 1000000001 $$,
 '{b3_customers_within_overdraft: account 1000000001}'),
('more was confirmed than approved', $$
    SELECT pg_temp.decide(6, 1, 3, '00', 2500, 300000017, 200000017) $$,
 '{b4_advices_within_original: 00000000-0000-7000-8000-000000000006,
   b5_dispense_clearing: terminal 00000017}'),
('confirmed and reversed', $$
    SELECT pg_temp.decide(3, 2, 3, '00', 6000, 300000017, 1000000001);
    UPDATE bank.account SET daily_used_minor = daily_used_minor - 6000
    WHERE account_id = 1000000001;
    UPDATE bank.card SET used_minor = used_minor - 6000, used_count = used_count - 1
    WHERE card_id = 501 $$,
 '{b4_advices_within_original: 00000000-0000-7000-8000-000000000003,
   b5_dispense_clearing: terminal 00000017}'),
('posted twice under one key', $$
    SELECT pg_temp.leg(1000000001, 6000, '00000000-0000-7000-8000-000000000003', 0);
    SELECT pg_temp.leg(300000017, -6000, '00000000-0000-7000-8000-000000000003', 0) $$,
 '{b3_customers_within_overdraft: account 1000000001,
   b4_approvals_are_posted_once: 00000000-0000-7000-8000-000000000003 phase 0,
   b5_dispense_clearing: terminal 00000017}'),
('approved and never posted', $$
    SELECT pg_temp.decide(20, 0, 4, '00', 100, NULL, NULL) $$,
 '{b4_approvals_are_posted_once: 00000000-0000-7000-8000-000000000020 phase 0}'),
('reversed and never posted', $$
    SELECT pg_temp.decide(6, 2, 3, '00', 2000, NULL, NULL);
    UPDATE bank.account SET daily_used_minor = daily_used_minor - 2000
    WHERE account_id = 1000000001;
    UPDATE bank.card SET used_minor = used_minor - 2000, used_count = used_count - 1
    WHERE card_id = 501 $$,
 '{b4_approvals_are_posted_once: 00000000-0000-7000-8000-000000000006 phase 2,
   b5_dispense_clearing: terminal 00000017}'),
('a decline that was posted', $$
    SELECT pg_temp.decide(20, 0, 4, '51', 100, 200000017, 1000000001) $$,
 '{b4_entries_belong_to_approvals: 00000000-0000-7000-8000-000000000020 phase 0}'),
('entries without a decision', $$
    SELECT pg_temp.leg(200000017, 100, '00000000-0000-7000-8000-000000000021', 0);
    SELECT pg_temp.leg(1000000001, -100, '00000000-0000-7000-8000-000000000021', 0) $$,
 '{b4_entries_belong_to_approvals: 00000000-0000-7000-8000-000000000021 phase 0}'),
('a decision was deleted', $$
    DELETE FROM bank.decision WHERE txid = '00000000-0000-7000-8000-000000000006' AND phase = 0;
    UPDATE bank.account SET daily_used_minor = daily_used_minor - 2000
    WHERE account_id = 1000000001;
    UPDATE bank.card SET used_minor = used_minor - 2000, used_count = used_count - 1
    WHERE card_id = 501 $$,
 '{b4_entries_belong_to_approvals: 00000000-0000-7000-8000-000000000006 phase 0,
   b5_dispense_clearing: terminal 00000017,
   batches_have_no_gaps: lane 1 batch 10}'),
('a suspected dispense was cleared without a decision', $$
    SELECT pg_temp.decide(22, 0, 8, '00', 2000, 300000017, 200000017) $$,
 '{b5_dispense_clearing: terminal 00000017}'),
('a terminal lost its clearing account', $$
    DELETE FROM bank.account WHERE account_id = 300000017 $$,
 '{accounts_fit_the_chart: terminal 00000017,
   b2_balances_are_sums_of_entries: account 300000017,
   b5_dispense_clearing: terminal 00000017}'),
('an account in another currency', $$
    UPDATE bank.account SET currency = 'USD' WHERE account_id = 1000000002 $$,
 '{accounts_fit_the_chart: account 1000000002}'),
('an account of another kind than its number', $$
    UPDATE bank.account SET kind = 12 WHERE account_id = 20000 $$,
 '{accounts_fit_the_chart: account 20000}'),
('a card may spend more than its limit', $$ UPDATE bank.card SET used_minor = used_minor - 2000
    WHERE card_id = 501 $$,
 '{b7_card_limits_used: card 501}'),
('a card was counted once too often', $$ UPDATE bank.card SET used_count = used_count + 1
    WHERE card_id = 501 $$,
 '{b7_card_limits_used: card 501}'),
('an account may spend more than its limit', $$
    UPDATE bank.account SET daily_used_minor = daily_used_minor - 1
    WHERE account_id = 1000000001 $$,
 '{b7_account_limits_used: account 1000000001}'),
('a batch was cut out', $$ DELETE FROM bank.batch WHERE lane_id = 1 AND batch_no = 1 $$,
 NULL),
('a decision was slipped into a batch', $$
    UPDATE bank.batch SET item_count = 2 WHERE batch_no = 12 $$,
 '{batches_have_no_gaps: lane 1 batch 12}');
\ir support/interbank_wrong.psql
\ir support/clearing_wrong.psql
-- All later batches are out of place, too.
UPDATE wrong SET expected = (
    SELECT array_agg('batches_have_no_gaps: lane 1 batch ' || number
                     ORDER BY 'batches_have_no_gaps: lane 1 batch ' || number)
    FROM generate_series(1, (SELECT max(batch_no) FROM bank.batch)) AS number)
WHERE expected IS NULL;

SELECT plan(3 + (SELECT count(*)::int FROM wrong));
\set files `ls sql/checks | grep '\.sql$' | sed 's/\.sql$//' | tr '\n' ' '`
SELECT is((SELECT string_agg(name || ' ', '' ORDER BY name COLLATE "C") FROM checks), :'files',
          'every file of sql/checks is tested here');
SELECT is(pg_temp.after('SELECT'), '{}', 'a right book has no violation');
SELECT is((SELECT array_agg(DISTINCT split_part(line, ':', 1)) FROM wrong, unnest(expected) AS line),
          (SELECT array_agg(name ORDER BY name) FROM checks), 'every check finds something');
SELECT is(pg_temp.after(statement),
          (SELECT coalesce(array_agg(line ORDER BY line), '{}') FROM unnest(expected) AS line), what)
FROM wrong;
SELECT * FROM finish();
ROLLBACK;
