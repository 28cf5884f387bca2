-- The schema's shape: what exists, that everything is documented and named, that money is an integer
-- and that constraints refuse what must not be written.
-- Runs in a database that `bankctl migrate` prepared, from the top of the checkout; changes nothing.
\ir support/begin.psql
SELECT plan(51);

SELECT tables_are('bank', ARRAY[
    'account', 'account_kind', 'anchor', 'bank', 'batch', 'break_entry', 'card', 'customer', 'decision',
    'directory', 'entry', 'exposure', 'iin', 'lane', 'migration', 'operation', 'operator_action', 'peer',
    'position', 'recon_break', 'saf', 'settlement_window', 'terminal', 'window_pair'], 'the tables of a bank');

SELECT columns_are('bank', 'entry', ARRAY['account_id', 'entry_no', 'amount_minor', 'balance_minor',
    'txid', 'phase'], 'an entry');
SELECT columns_are('bank', 'decision', ARRAY['txid', 'phase', 'operation', 'acquirer', 'terminal_id',
    'business_date', 'stan', 'amount_minor', 'kept_minor', 'card_id', 'account_id', 'to_account_id',
    'ledger_minor', 'available_minor', 'entry_no', 'lane_id', 'batch_no', 'item_no', 'rc',
    'content_digest', 'detail', 'peer', 'window_no', 'surcharge_minor', 'interchange_minor'],
    'a decision: what the hash chain covers');
SELECT columns_are('bank', 'batch', ARRAY['lane_id', 'batch_no', 'item_count', 'digest',
    'business_date', 'recorded_at'], 'a batch');
SELECT columns_are('bank', 'account', ARRAY['account_id', 'balance_minor', 'entry_no',
    'overdraft_minor', 'daily_limit_minor', 'daily_used_minor', 'customer_id', 'daily_date',
    'opened_on', 'kind', 'status', 'currency', 'product'], 'an account');

\ir support/documented.psql

-- Keys, in the order that the queries of the engine need.
SELECT col_is_pk('bank', 'account', 'account_id', 'account: the number');
SELECT col_is_pk('bank', 'entry', ARRAY['account_id', 'entry_no'], 'entry: account, then number');
SELECT col_is_pk('bank', 'decision', ARRAY['txid', 'phase'], 'decision: one per txid and phase');
SELECT col_is_pk('bank', 'batch', ARRAY['lane_id', 'batch_no'], 'batch: lane, then number');
SELECT col_is_pk('bank', 'anchor', ARRAY['lane_id', 'seen_lane_id'], 'anchor: lane, then seen lane');
SELECT col_is_pk('bank', 'card', 'card_id', 'card: a number that is not the PAN');
SELECT col_is_unique('bank', 'card', ARRAY['pan_digest'], 'no two cards with one PAN');
SELECT col_is_unique('bank', 'decision', ARRAY['terminal_id', 'business_date', 'stan', 'acquirer'],
                     'no two requests with one STAN');
SELECT is((SELECT count(*)::int FROM pg_index WHERE indrelid = 'bank.decision'::regclass), 2,
          'a decision is in two indexes: every posting pays for each');
SELECT hasnt_column('bank', 'card', 'pan', 'the PAN is not stored');
SELECT hasnt_column('bank', 'card', 'pin', 'the PIN is not stored');
SELECT results_eq($$ SELECT kind::int, code, class::text FROM bank.account_kind ORDER BY kind $$,
    $$ VALUES (1, 'Cust', 'L'), (2, 'Vault', 'A'), (3, 'ATM', 'A'), (4, 'DispClr', 'L'),
              (5, 'Transit', 'L'), (6, 'DepPend', 'L'), (7, 'Over', 'L'), (8, 'Short', 'A'),
              (9, 'FeeInc', 'I'), (10, 'FeeExp', 'X'), (11, 'Settle', 'A'), (12, 'Capital', 'Q'),
              (13, 'IB', 'A'), (14, 'SettleCtl', 'L'), (15, 'Breaks', 'X') $$,
    'the chart of accounts');
SELECT is((SELECT count(*)::int FROM bank.migration), (SELECT max(migration_no) FROM bank.migration),
          'migrations are recorded without a gap');

-- What constraints refuse, by name. A right row first, so that each wrong one has one fault.
\ir support/book.psql
SELECT is((SELECT array_agg(DISTINCT business_date) FROM bank.batch), ARRAY['2026-11-20'::date],
          'a batch takes the bank''s business date');
\ir support/violates.psql
SELECT is(pg_temp.violates(statement), expected, expected) FROM (VALUES
    ($$INSERT INTO bank.bank VALUES (90000002, 'Second', 'EUR', '2026-01-01')$$, 'bank_has_one_row'),
    ($$UPDATE bank.bank SET bank_code = 1$$, 'bank_code_is_eight_digits'),
    ($$UPDATE bank.bank SET currency = 'eur'$$, 'bank_currency_is_iso_4217'),
    ($$INSERT INTO bank.iin VALUES ('12345678')$$, 'iin_is_six_to_eight_digits'),
    ($$INSERT INTO bank.customer VALUES (2, '  ', '2026-01-01')$$, 'customer_name_not_blank'),
    ($$UPDATE bank.account SET customer_id = NULL WHERE account_id = 1000000001$$,
     'account_customer_iff_customer_account'),
    ($$UPDATE bank.account SET account_id = 77 WHERE account_id = 1000000001$$,
     'account_number_fits_kind'),
    ($$UPDATE bank.account SET overdraft_minor = -1 WHERE account_id = 1000000001$$,
     'account_overdraft_not_negative'),
    ($$UPDATE bank.account SET status = 'C' WHERE account_id = 1000000001$$,
     'account_closed_is_empty'),
    ($$UPDATE bank.account SET status = 'X' WHERE account_id = 1000000001$$,
     'account_status_known'),
    ($$UPDATE bank.account SET customer_id = 99 WHERE account_id = 1000000001$$,
     'account_customer_fk'),
    ($$UPDATE bank.card SET pan_masked = '9276000112345674'$$, 'card_pan_is_masked'),
    ($$UPDATE bank.card SET tries_left = 4$$, 'card_tries_in_range'),
    ($$UPDATE bank.card SET tries_left = -1$$, 'card_tries_in_range'),
    ($$UPDATE bank.card SET pin_digest = '\x00'$$, 'card_digests_are_sha256'),
    ($$UPDATE bank.card SET account_ids = '{}'$$, 'card_accounts_in_range'),
    ($$UPDATE bank.card SET used_minor = -1$$, 'card_usage_not_negative'),
    ($$UPDATE bank.terminal SET terminal_id = 100000000$$, 'terminal_id_in_range'),
    ($$UPDATE bank.entry SET amount_minor = 0$$, 'entry_amount_not_zero'),
    ($$UPDATE bank.decision SET phase = 8$$, 'decision_phase_known'),
    ($$UPDATE bank.decision SET amount_minor = -1$$, 'decision_amount_not_negative'),
    ($$UPDATE bank.decision SET kept_minor = amount_minor + 1$$, 'decision_kept_within_amount'),
    ($$UPDATE bank.batch SET digest = '\x00'$$, 'batch_digest_is_sha256'),
    ($$UPDATE bank.batch SET item_count = 0$$, 'batch_item_count_positive')
) AS wrong (statement, expected);

SELECT * FROM finish();
ROLLBACK;
