-- What operators and terminals are told of the books, on the book that has every case between banks
-- once (support/interbank_book.psql): the statements of bankctl and of the bank server themselves.
-- Run from the top of the checkout.
\ir support/begin.psql
\ir support/book.psql
\ir support/interbank_book.psql
\set text `cat bank-server/ctl/sql/suspects.sql`
PREPARE suspects AS :text
\set text `cat bank-server/ctl/sql/account_open_withdrawals.sql`
PREPARE open_withdrawals (BIGINT) AS :text
\set text `cat bank-server/ctl/sql/account_held_transfers.sql`
PREPARE held_transfers (BIGINT) AS :text
\set text `cat bank-server/ctl/sql/transfer_list.sql`
PREPARE transfers (TEXT, BIGINT) AS :text
\set text `cat bank-server/db/sql/totals_read.sql`
PREPARE totals (INTEGER[]) AS :text ;

CREATE FUNCTION pg_temp.numbers(statement TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$
DECLARE
    line RECORD;
    result TEXT := '';
BEGIN
    FOR line IN EXECUTE statement LOOP
        result := result || right(line.txid::text, 2) || ' ';
    END LOOP;
    RETURN rtrim(result);
END
$$;

SELECT plan(13);

CREATE TEMPORARY TABLE suspect (terminal_id, txid, amount_minor, account_id, iban, business_date,
                                suspect, age, peer, state) AS EXECUTE suspects;
SELECT results_eq(
    $$ SELECT right(txid::text, 2) || ' ' || state || ' ' || amount_minor || ' '
              || coalesce(peer::text, 'ours') FROM suspect ORDER BY txid $$,
    $$ VALUES ('06 suspect 2000 ours'), ('52 open 6000 90000002'), ('53 reversed 6000 90000002'),
              ('55 reversed 4000 90000002'), ('57 difference 6000 90000002'),
              ('59 reversed 6000 90000002') $$,
    'withdrawals are listed until they are resolved, with what is left of them');
SELECT is((SELECT sum(amount_minor) FROM suspect),
          (SELECT -sum(balance_minor) FROM bank.account WHERE kind = 4), 'together they are DispClr');
SELECT is((SELECT array_agg(suspect ORDER BY ctid) FROM suspect), '{t,f,f,f,f,f}',
          'suspects come first');

SELECT is_empty('EXECUTE open_withdrawals(1000000003)',
                'an account has no open withdrawal at another bank''s terminal');
SELECT is_empty('EXECUTE held_transfers(1000000001)', 'a transfer within the bank is not held');
SELECT results_eq('EXECUTE held_transfers(1000000003)',
                  $$ VALUES (2::bigint, pg_temp.txid(41), 90000003) $$,
                  'transfers are held until the payee''s bank has answered');

-- Ours: 3 confirmed, 4 reversed, 5 of which 60.00 came out, 6 open; 9 withdrawals of foreign cards,
-- of which 54 and 56 came back. Deposits: 9 and three foreign ones, of which 9, 64 and 65 went back.
CREATE TEMPORARY TABLE total (terminal_id, withdrawals, withdrawn, reversals, reversed, deposits, deposited)
    AS EXECUTE totals(ARRAY[17]);
SELECT results_eq('SELECT * FROM total',
                  $$ VALUES (17, 4 + 9::bigint, 23000 + 9 * 6000::bigint, 2 + 2::bigint,
                             5000 + 4000 + 6000 + 4000::bigint, 1 + 3::bigint, 2500::bigint) $$,
                  'totals count what a foreign card had and what its issuer took back');
SELECT is((SELECT withdrawn - reversed FROM total),
          (SELECT -sum(entry.amount_minor)::bigint FROM bank.entry JOIN bank.decision USING (txid, phase)
           WHERE entry.account_id IN (200000017, 300000017) AND operation = 3),
          '... which is what withdrawals moved in the terminal''s two accounts');

SELECT is(pg_temp.numbers('EXECUTE transfers(NULL, 100)'), '41 43 42 44 45 46 47',
          'transfers to other banks are listed, those under way first');
UPDATE bank.saf SET attempts = 1 WHERE txid = pg_temp.txid(43);
UPDATE bank.decision SET detail = '{"reason":"AC04"}' WHERE txid = pg_temp.txid(44) AND phase = 4;
CREATE TEMPORARY TABLE transfer (txid, peer, account_id, amount_minor, state, reason, age_s, exception)
    AS EXECUTE transfers(NULL, 100);
SELECT is((SELECT string_agg(right(txid::text, 2) || coalesce(' ' || reason, '') || ' ' || state, ', '
                             ORDER BY txid) FROM transfer),
          '41 HELD, 42 COMPLETED, 43 UNKNOWN, 44 AC04 RELEASED, 45 COMPLETED, 46 RETURNED, 47 RETURNED',
          'each with what became of it');
SELECT is(pg_temp.numbers('EXECUTE transfers(''returned'', 1)'), '46', 'one state, and no more than asked');
SELECT is((SELECT bool_or(exception) FROM transfer), false, 'none is a case for people yet');
UPDATE bank.batch SET recorded_at = recorded_at - interval '301 seconds';
CREATE TEMPORARY TABLE later (txid, peer, account_id, amount_minor, state, reason, age_s, exception)
    AS EXECUTE transfers(NULL, 100);
SELECT is((SELECT string_agg(right(txid::text, 2), ' ' ORDER BY txid) FROM later WHERE exception),
          '41 43', 'those under way are after five minutes');
SELECT * FROM finish();
ROLLBACK;
