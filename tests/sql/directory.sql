-- Taking over a directory: new banks become peers with their share of the default limit, known ones
-- keep what was agreed with them, and an older directory changes nothing.
-- Runs in a database that `bankctl migrate` prepared; changes nothing.
\ir support/begin.psql
\ir support/book.psql
DELETE FROM bank.exposure;
DELETE FROM bank.peer;
DELETE FROM bank.directory;
UPDATE bank.bank SET peer_limit_minor = 1003;

-- As one of the roles that may.
CREATE FUNCTION pg_temp.install(role TEXT, serial BIGINT, jws TEXT, codes INTEGER[], names TEXT[])
    RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    installed BOOLEAN;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    installed := bank.install_directory(serial, jws, codes, names);
    RESET ROLE;
    RETURN installed;
END
$$;

SELECT plan(13);
SELECT is(pg_temp.install('tw_operator', 5, 'five', '{90000003,90000001,90000002}', '{Cedar,Alder,Birch}'), true,
          'a first directory is taken over');
SELECT results_eq('SELECT peer_code, name, status::text, limit_minor, interchange_minor FROM bank.peer ORDER BY 1',
    $$VALUES (90000002, 'Birch', 'A', 1003::bigint, 0::bigint), (90000003, 'Cedar', 'A', 1003, 0)$$,
    'the other banks are peers with the default limit, this bank is not');
SELECT results_eq('SELECT array_agg(share_minor ORDER BY stripe) FROM bank.exposure GROUP BY peer_code ORDER BY peer_code',
    $$VALUES ('{126,126,126,125,125,125,125,125}'::bigint[]), ('{126,126,126,125,125,125,125,125}')$$,
    'eight shares add up to the limit');
UPDATE bank.peer SET limit_minor = 7, status = 'S', interchange_minor = 3 WHERE peer_code = 90000002;
SELECT is(pg_temp.install('tw_bank', 5, 'other', '{90000001,90000002,90000004}', '{Alder,Birch,Dogwood}'), false,
          'the same serial is not taken over again');
SELECT is(pg_temp.install('tw_bank', 4, 'four', '{90000001,90000002,90000004}', '{Alder,Birch,Dogwood}'), false,
          'a lower serial is not taken over');
SELECT is((SELECT count(*)::int FROM bank.peer), 2, 'neither brought a peer');
SELECT is((SELECT jws FROM bank.directory ORDER BY serial DESC LIMIT 1), 'five', 'nor a text');
SELECT is(pg_temp.install('tw_bank', 6, 'six', '{90000001,90000002,90000004}', '{Alder,Birch & Sons,Dogwood}'), true,
          'a bank server takes over a higher serial');
SELECT results_eq('SELECT peer_code, name, status::text, limit_minor, interchange_minor FROM bank.peer ORDER BY 1',
    $$VALUES (90000002, 'Birch & Sons', 'S', 7::bigint, 3::bigint), (90000003, 'Cedar', 'A', 1003, 0),
             (90000004, 'Dogwood', 'A', 1003, 0)$$,
    'what was agreed stays, a new name is learned, a bank that left keeps its row');
SELECT is((SELECT count(*)::int FROM bank.exposure), 24, 'each peer has eight exposures');
SELECT is((SELECT sum(share_minor)::int FROM bank.exposure WHERE peer_code = 90000002), 1003,
          'shares of a known peer are not touched');
SELECT is((SELECT sum(owed_minor)::int FROM bank.exposure), 0, 'nobody owes anything yet');
SELECT is((SELECT count(*)::int FROM bank.directory), 2, 'both directories are kept');
SELECT * FROM finish();
ROLLBACK;
