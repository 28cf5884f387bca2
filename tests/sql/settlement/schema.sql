-- The shape of the settlement agent's schema: what exists, that all is documented and named, what
-- constraints and triggers refuse, and that money moves only as a whole.
-- Runs in a database that `settlectl migrate` prepared, from the top of the checkout; changes nothing.
\set schema agent
\ir ../support/begin.psql
SET LOCAL tellerwire.definers = 'post,note_standing';
SELECT plan(66);

SELECT tables_are('agent', ARRAY[
    'account', 'agent', 'cap_violation', 'entry', 'instruction', 'migration', 'operator_action',
    'participant', 'position', 'settlement', 'settlement_pair', 'settlement_total',
    'settlement_window', 'submission', 'transfer'], 'the tables of an agent');
SELECT views_are('agent', ARRAY['current_position', 'pair_claim'], 'its views');
\ir ../support/documented.psql
SELECT is((SELECT array_agg(proname::text ORDER BY proname) FROM pg_proc
           WHERE pronamespace = 'agent'::regnamespace AND prosecdef), ARRAY['note_standing', 'post'],
          'functions that may more than their caller');
SELECT is((SELECT count(*)::int FROM agent.migration), (SELECT max(migration_no) FROM agent.migration),
          'migrations are recorded without a gap');

-- Keys.
SELECT col_is_pk('agent', 'entry', ARRAY['account_id', 'entry_no'], 'entry: account, then number');
SELECT col_is_pk('agent', 'submission', ARRAY['window_no', 'bank_code', 'revision'], 'submission: every revision is kept');
SELECT col_is_pk('agent', 'settlement', ARRAY['window_no', 'bank_code'], 'settlement: one result for each');
SELECT col_is_unique('agent', 'transfer', ARRAY['window_no', 'step_no'], 'a step is booked once');
SELECT hasnt_column('agent', 'settlement', 'key', 'keys that sign are not in the database');

-- What is refused, by name.
\ir ../support/violates.psql
\ir book.psql
SELECT is(pg_temp.violates(statement), expected, expected) FROM (VALUES
    ($$INSERT INTO agent.agent (name, window_no) VALUES ('Second', 1)$$, 'agent_has_one_row'),
    ($$UPDATE agent.agent SET model = 'net'$$, 'agent_model_known'),
    ($$UPDATE agent.agent SET cut_over_times = '24:00'$$, 'agent_cut_over_times_are_times'),
    ($$UPDATE agent.agent SET cut_over_times = '06:00', cut_over_every_s = 5$$, 'agent_has_one_schedule'),
    ($$UPDATE agent.participant SET status = 'GONE'$$, 'participant_status_known'),
    ($$UPDATE agent.participant SET cap_minor = -1$$, 'participant_cap_not_negative'),
    ($$INSERT INTO agent.participant (bank_code, name, currency, first_window_no) VALUES (1, 'X', 'EUR', 1)$$,
     'participant_code_is_eight_digits'),
    ($$INSERT INTO agent.account (account_id, kind, bank_code, currency) VALUES ('RESERVE:1', 'RESERVE', 90000001, 'EUR')$$,
     'account_id_tells_kind_and_holder'),
    ($$INSERT INTO agent.account (account_id, kind, currency) VALUES ('RESERVE:EUR', 'RESERVE', 'EUR')$$,
     'account_holder_iff_participants'),
    ($$UPDATE agent.account SET balance_minor = -1 WHERE account_id = 'RESERVE:90000001'$$, 'account_not_overdrawn'),
    ($$INSERT INTO agent.transfer (txid, kind, window_no, step_no) VALUES (gen_random_uuid(), 'SETTLEMENT', 1, 1)$$,
     'transfer_step_unique'),
    ($$INSERT INTO agent.transfer (txid, kind, window_no) VALUES (gen_random_uuid(), 'SETTLEMENT', 1)$$,
     'transfer_step_iff_settlement'),
    ($$INSERT INTO agent.transfer (txid, kind, window_no, step_no) VALUES (gen_random_uuid(), 'FUND', 1, 2)$$,
     'transfer_step_iff_settlement'),
    ($$UPDATE agent.entry SET amount_minor = 0$$, 'entry_amount_not_zero'),
    ($$INSERT INTO agent.settlement_window (window_no, state) VALUES (9, 'CLOSED')$$,
     'settlement_window_closed_iff_not_open'),
    ($$INSERT INTO agent.submission VALUES (1, 90000001, 1, 0, 's', 'c')$$, 'submission_pk'),
    ($$INSERT INTO agent.submission VALUES (1, 90000001, 0, 0, 's', 'c')$$, 'submission_revision_positive'),
    ($$INSERT INTO agent.submission VALUES (1, 90000009, 1, 0, 's', 'c')$$, 'submission_participant_fk'),
    ($$INSERT INTO agent.position VALUES (1, 90000001, 1, 90000001, 0, 0, 0, 0, 0)$$, 'position_not_about_itself'),
    ($$INSERT INTO agent.position VALUES (1, 90000001, 1, 90000003, 0, -1, 0, 0, 0)$$, 'position_not_negative'),
    ($$INSERT INTO agent.instruction VALUES (2, 9, 90000001, 90000001, 1, 'EUR')$$, 'instruction_between_two'),
    ($$INSERT INTO agent.instruction VALUES (2, 9, 90000001, 90000002, 0, 'EUR')$$, 'instruction_amount_positive'),
    ($$INSERT INTO agent.instruction VALUES (2, 9, 90000001, 90000002, 5, 'EUR')$$, 'instruction_once_per_direction'),
    ($$UPDATE agent.instruction SET step_no = 1 WHERE window_no = 2 AND state = 'QUEUED'$$, 'instruction_step_iff_settled'),
    ($$UPDATE agent.settlement SET net_minor = net_minor + 1$$, 'settlement_net_is_credits_less_debits'),
    ($$UPDATE agent.settlement SET prefunding_drawn_minor = debit_minor + 1$$, 'settlement_not_negative'),
    ($$UPDATE agent.settlement_pair SET settled_minor = 0 WHERE settled AND net_minor <> 0$$, 'settlement_pair_settled_in_full'),
    ($$UPDATE agent.settlement_total SET excluded_minor = 1$$, 'settlement_total_adds_up'),
    ($$INSERT INTO agent.cap_violation VALUES (1, 90000001, 5, 5)$$, 'cap_violation_is_beyond')
) AS wrong (statement, expected);

-- Windows go forward only, and what is final stays.
SELECT throws_ok(format('UPDATE agent.settlement_window SET state = %L, pending_at = NULL, final_at = NULL WHERE window_no = 1', state),
                 '23514', format('window 1 cannot go from SETTLED to %s', state), 'a settled window does not become ' || state)
FROM unnest(ARRAY['CLOSED', 'FAILED']) AS state;
SELECT throws_ok('UPDATE agent.settlement_window SET reason = ''x'' WHERE window_no = 1', '23514', NULL, 'nor does it change otherwise');
SELECT throws_ok('UPDATE agent.settlement_window SET state = ''SETTLED'', model = ''gross'', closed_at = now(), final_at = now(), pending_at = now() WHERE window_no = 3',
                 '23514', 'window 3 cannot go from OPEN to SETTLED', 'no window is settled that was not pending');
SELECT throws_ok('UPDATE agent.instruction SET state = ''QUEUED'', step_no = NULL WHERE window_no = 2 AND instruction_no = 1',
                 '23514', 'instruction 1 of window 2 is final', 'a paid instruction is not queued again');

-- post(): all or nothing, once, to zero, and nobody below zero.
SELECT is(agent.post('00000000-0000-7000-8000-000000000051', 'FUND', NULL, NULL, '{ISSUE:EUR,RESERVE:90000001}', '{-500,500}'), true,
          'a transfer is booked');
SELECT is(agent.post('00000000-0000-7000-8000-000000000051', 'FUND', NULL, NULL, '{RESERVE:90000001,ISSUE:EUR}', '{500,-500}'), false,
          'the same again changes nothing');
SELECT throws_ok($$SELECT agent.post('00000000-0000-7000-8000-000000000051', 'FUND', NULL, NULL, '{ISSUE:EUR,RESERVE:90000001}', '{-501,501}')$$,
                 '23505', 'this transfer exists with other content', 'another content under the same key is refused');
SELECT throws_ok($$SELECT agent.post(gen_random_uuid(), 'FUND', NULL, NULL, '{ISSUE:EUR,RESERVE:90000001}', '{-500,499}')$$,
                 '23514', 'a transfer must add up to zero per currency', 'a transfer that is not even is refused');
SELECT throws_ok($$SELECT agent.post(gen_random_uuid(), 'FUND', NULL, NULL, '{ISSUE:EUR,RESERVE:90000009}', '{-500,500}')$$,
                 '23514', NULL, 'an account that is not there is refused');
SELECT throws_ok($$SELECT agent.post(gen_random_uuid(), 'FUND', NULL, NULL, '{RESERVE:90000001,RESERVE:90000002}', '{-100000000,100000000}')$$,
                 '23514', NULL, 'nobody pays what he has not got');
SELECT throws_ok($$SELECT agent.post(gen_random_uuid(), 'FUND', NULL, NULL, '{TECH:EUR,RESERVE:90000001}', '{-1,1}')$$,
                 '23514', NULL, 'nothing comes out of TECH that did not go in');
SELECT throws_ok($$SELECT agent.post(gen_random_uuid(), 'SETTLEMENT', 1, 1, '{ISSUE:EUR,RESERVE:90000001}', '{-1,1}')$$,
                 '23505', NULL, 'a window is not settled twice');
SELECT is((SELECT array_agg(balance_minor ORDER BY entry_no) FROM agent.entry WHERE txid = '00000000-0000-7000-8000-000000000051'
           AND account_id = 'RESERVE:90000001'),
          (SELECT ARRAY[balance_minor] FROM agent.account WHERE account_id = 'RESERVE:90000001'), 'an entry knows the balance after it');

-- cut_over(): once for a scheduled time.
SELECT is(agent.cut_over(9, NULL), NULL, 'another window than the open one is not closed');
SELECT is(agent.cut_over(3, NULL), 4, 'the open one is');
SELECT is((SELECT (state, model) FROM agent.settlement_window WHERE window_no = 3), ('CLOSED'::text, 'multilateral'::text),
          'and takes the agent''s model along');
SELECT is(agent.cut_over(NULL, '2100-01-01'), 5, 'a scheduled time is acted upon');
SELECT is(agent.cut_over(NULL, '2100-01-01'), NULL, 'and is over then');
SELECT is(agent.cut_over(NULL, '2099-01-01'), NULL, 'so are those before it');

SELECT * FROM finish();
ROLLBACK;
