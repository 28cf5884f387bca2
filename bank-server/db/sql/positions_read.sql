-- Positions of the IB accounts of $1 peers and $2 windows (0: the open one), stripe $3, which are locked. A statement
-- of its own: one that waits for a lock sees only the locked row itself as it is after the wait. LATERAL and LIMIT:
-- looked up by key, whatever the planner thinks of the table.
SELECT p.*
  FROM bank b
 CROSS JOIN (SELECT unnest($1::int[]) AS peer_code, unnest($2::int[]) AS window_no) AS w
 CROSS JOIN LATERAL (SELECT peer_code, window_no, stripe, debit_count, debit_minor, credit_count, credit_minor,
                            reversal_count, reversal_minor, fee_minor, digest, agreed_minor
                       FROM position x
                      WHERE x.peer_code = w.peer_code AND x.stripe = $3::int
                        AND x.window_no = CASE WHEN w.window_no = 0 THEN b.window_no ELSE w.window_no END
                      LIMIT 1) AS p
