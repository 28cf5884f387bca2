-- Who uses these keys already: $1 terminals, $2 business dates, $3 STANs, $4 acquirers.
-- LATERAL and LIMIT: one look into the index for each, whatever the planner thinks of the tables.
SELECT d.*
  FROM (SELECT unnest($1::int[]) AS terminal_id, unnest($2::date[]) AS business_date, unnest($3::int[]) AS stan,
               unnest($4::int[]) AS acquirer) AS k
 CROSS JOIN LATERAL (SELECT x.terminal_id, x.business_date, x.stan, x.acquirer, x.txid, x.phase
                       FROM decision x
                      WHERE x.terminal_id = k.terminal_id AND x.business_date = k.business_date
                        AND x.stan = k.stan AND x.acquirer = k.acquirer LIMIT 1) AS d
