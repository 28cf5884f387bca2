-- Opens the IB accounts of $1 peers and $2 windows (0: the open one), stripe $3, that are not there yet, each with its
-- position.
WITH opened AS (
    INSERT INTO account (account_id, opened_on, kind, currency, product)
    SELECT DISTINCT w.peer_code * 10000000000
                    + CASE WHEN w.window_no = 0 THEN b.window_no ELSE w.window_no END * 100 + $3::int,
           b.business_date, 13, b.currency, ($3::int)::text
      FROM bank b, (SELECT unnest($1::int[])::bigint AS peer_code, unnest($2::int[]) AS window_no) AS w
     WHERE EXISTS (SELECT FROM peer p WHERE p.peer_code = w.peer_code)
    ON CONFLICT DO NOTHING
    RETURNING account_id)
INSERT INTO position (peer_code, window_no, stripe)
SELECT account_id / 10000000000, account_id / 100 % 100000000, account_id % 100 FROM opened
