-- Steps of reconciliation and settlement, each whole or not at all, and each done once: the second
-- bank server that comes with the same step changes nothing.
-- Runs in a database that `bankctl migrate` prepared; changes nothing.
\ir support/begin.psql
\ir support/book.psql
DELETE FROM bank.exposure;
DELETE FROM bank.peer;
UPDATE bank.bank SET window_no = 2;
UPDATE bank.settlement_window SET state = 'CLOSED', closed_at = now();
INSERT INTO bank.settlement_window (window_no) VALUES (2);
INSERT INTO bank.peer (peer_code, name, limit_minor) VALUES (90000002, 'Birch', 800), (90000003, 'Cedar', 800);
INSERT INTO bank.exposure (peer_code, stripe, share_minor)
SELECT peer_code, stripe, 100 FROM bank.peer CROSS JOIN generate_series(0, 7) AS stripe;
INSERT INTO bank.account (account_id, opened_on, kind, currency, product)
VALUES (900000020000000100, '2026-11-20', 13, 'EUR', '0'), (900000020000000103, '2026-11-20', 13, 'EUR', '3');
SELECT pg_temp.leg(900000020000000100, 70, '00000000-0000-7000-8000-000000000101', 0),
       pg_temp.leg(900000020000000103, -20, '00000000-0000-7000-8000-000000000102', 0),
       pg_temp.leg(900000020000000103, 5, '00000000-0000-7000-8000-000000000103', 0);
INSERT INTO bank.position (peer_code, window_no, stripe, debit_count, debit_minor, credit_count, credit_minor, digest)
VALUES (90000002, 1, 0, 1, 70, 0, 0, sha256('0')), (90000002, 1, 3, 1, 5, 1, 20, sha256('3'));

-- What the bank server calls, with the positions as they are unless a test says otherwise.
CREATE FUNCTION pg_temp.agree(peer INTEGER, debit BIGINT DEFAULT 70, ids UUID[] DEFAULT '{}', ours BIGINT[] DEFAULT '{}',
                              entries BIGINT[] DEFAULT '{}') RETURNS TEXT LANGUAGE sql AS $$
    SELECT bank.pair_agree(1, peer, '{2,75,1,20}', NULL, 'jws', 'pem',
        CASE peer WHEN 90000002 THEN '{0,3}'::smallint[] ELSE '{}' END,
        CASE peer WHEN 90000002 THEN ARRAY[debit, 5] ELSE '{}' END,
        CASE peer WHEN 90000002 THEN '{0,20}'::bigint[] ELSE '{}' END,
        CASE peer WHEN 90000002 THEN ARRAY[sha256('0'), sha256('3')] ELSE '{}' END,
        ids, ids, array_fill('MISSING_THERE'::text, ARRAY[cardinality(ids)]), ours,
        array_fill(0::bigint, ARRAY[cardinality(ids)]), array_fill(0, ARRAY[cardinality(ids)]),
        ids, array_fill(900000020000000103, ARRAY[cardinality(ids)])::bigint[], entries, now())
$$;
CREATE FUNCTION pg_temp.state(peer INTEGER) RETURNS TEXT LANGUAGE sql AS
    $$ SELECT state FROM bank.window_pair WHERE window_no = 1 AND peer_code = peer $$;

SELECT plan(37);
SELECT lives_ok($$ SELECT bank.reconciliation_begin('{90000001,90000003}') $$, 'a closed window is reconciled');
SELECT results_eq('SELECT window_no, peer_code, state FROM bank.window_pair ORDER BY 1, 2',
    $$VALUES (1, 90000002, 'WAITING'), (1, 90000003, 'WAITING')$$,
    'with the banks of the directory, and with those that items are held with');
SELECT lives_ok($$ SELECT bank.reconciliation_begin('{90000003}') $$, 'again: nothing to do');
SELECT is((SELECT count(*)::int FROM bank.window_pair), 2, 'and nothing done');

SELECT is(bank.pair_note(1, 90000002, 'WAITING', 'it sleeps', now()), true, 'a reason is news');
SELECT is(bank.pair_note(1, 90000002, 'WAITING', 'it sleeps', now()), NULL, 'and no news the second time');
SELECT is((SELECT both_closed_at FROM bank.window_pair WHERE peer_code = 90000002), NULL,
          'a peer that has not closed is not drained from');
SELECT is(bank.pair_note(1, 90000002, 'DRAINING', 'items may come', now() + interval '1 hour'), true, 'it drains');
SELECT is((SELECT both_closed_at FROM bank.window_pair WHERE peer_code = 90000002), now() + interval '1 hour',
          'from that moment, by the caller''s clock');
SELECT is(bank.pair_note(1, 90000002, 'DRAINING', 'still', now()), true, 'for another reason');
SELECT is((SELECT both_closed_at FROM bank.window_pair WHERE peer_code = 90000002), now() + interval '1 hour',
          'and still from that moment');

SELECT is(bank.pair_compare(1, 90000002, false), true, 'a comparison is taken');
SELECT is(bank.pair_compare(1, 90000002, false), NULL, 'by one bank server');
SELECT is(bank.pair_compare(1, 90000002, true), true, 'who has it goes on with it');

SELECT is(bank.window_submit(1), NULL, 'pairs that are not agreed are not submitted');
SELECT is(pg_temp.agree(90000002, 71), 'CHANGED', 'other positions than the compared ones are not agreed');
SELECT is(pg_temp.state(90000002), 'COMPARING', 'and nothing is noted');
SELECT is(pg_temp.agree(90000002, 70, '{00000000-0000-8000-8000-000000000001}', '{5}', '{2}'), 'AGREED',
          'agreed, with a break');
SELECT results_eq('SELECT stripe, agreed_minor, agreed_entry_no FROM bank.position ORDER BY 1',
    $$VALUES (0::smallint, 70::bigint, 1::bigint), (3::smallint, -20::bigint, 2::bigint)$$,
    'each stripe by what it has less what is in the break');
SELECT results_eq('SELECT peer_code, class, ours_minor, state FROM bank.recon_break',
    $$VALUES (90000002, 'MISSING_THERE', 5::bigint, 'OPEN')$$, 'the break is there');
SELECT is((SELECT count(*)::int FROM bank.break_entry), 1, 'with its entry');
SELECT is(pg_temp.agree(90000002), 'OVER', 'it is agreed once');
SELECT is((SELECT count(*)::int FROM bank.recon_break), 1, 'a second bank server takes no break back');
SELECT is(bank.pair_note(1, 90000002, 'WAITING', 'late', now()), NULL, 'nor the agreement');
SELECT is(bank.pair_compare(1, 90000002, false), NULL, 'nor compares it');

SELECT is(pg_temp.agree(90000003), 'AGREED', 'a pair without items is agreed, too');
SELECT is(bank.window_submit(1), 1, 'all pairs agreed: submitted under the first revision');
SELECT is(bank.window_submit(1), NULL, 'once');

SELECT is(bank.window_dispute(1, 1, '{90000002}', now()), false, 'a dispute right after is not acted on: the other bank may be on its way');
UPDATE bank.window_pair SET changed_at = now() - interval '1 minute';
SELECT is(bank.window_dispute(1, 2, '{90000002}', now()), false, 'nor one of another revision');
SELECT is(bank.window_dispute(1, 1, '{90000002}', now()), true, 'contradicted pairs are reconciled again');
SELECT is(pg_temp.state(90000002) || ' ' || pg_temp.state(90000003), 'DRAINING AGREED', 'and no other');
SELECT is(pg_temp.agree(90000002), 'AGREED', 'without the break this time');
SELECT is((SELECT count(*)::int FROM bank.recon_break), 0, 'which is gone');
SELECT is(bank.window_submit(1), 2, 'under the next revision');

SELECT is(bank.window_finish(1, 'SETTLED', NULL, 'jws', 'pem', '{90000002}', '{90000003}',
                             '{90000001,90000002,90000003}', '{1,400,900}'), '{90000002}',
          'final: the limit above its share of the cap is lowered, none is raised');
SELECT results_eq($$ SELECT p.state, peer.status::text, peer.limit_minor, sum(share_minor)::bigint
                     FROM bank.window_pair AS p JOIN bank.peer USING (peer_code) JOIN bank.exposure USING (peer_code)
                     GROUP BY peer_code, 1, 2, 3 ORDER BY peer_code $$,
    $$VALUES ('SETTLED', 'A', 400::bigint, 400::bigint), ('EXCLUDED', 'S', 800, 800)$$,
    'shares are the limit, the pair that was left out and the suspended bank are marked');
SELECT * FROM finish();
ROLLBACK;
