-- Totals of each terminal's current period: entries of its own two accounts since the marks.
-- A withdrawal credits DispClr in phase 0. A reversal debits DispClr by the whole amount and credits
-- ATM by the part that was dispensed: the difference went back to the customer.
SELECT t.terminal_id,
       count(*) FILTER (WHERE d.operation = 3 AND e.phase = 0),
       coalesce(sum(-e.amount_minor) FILTER (WHERE d.operation = 3 AND e.phase = 0), 0)::bigint,
       count(DISTINCT e.txid) FILTER (WHERE d.operation = 3 AND e.phase = 2),
       coalesce(sum(e.amount_minor) FILTER (WHERE d.operation = 3 AND e.phase = 2), 0)::bigint,
       count(*) FILTER (WHERE d.operation = 4 AND e.phase = 0),
       coalesce(sum(e.amount_minor) FILTER (WHERE d.operation = 4), 0)::bigint
  FROM terminal t
  LEFT JOIN LATERAL (SELECT x.txid, x.phase, x.amount_minor FROM entry x
                      WHERE x.account_id = 200000000 + t.terminal_id AND x.entry_no > t.period_atm_no
                      UNION ALL
                     SELECT y.txid, y.phase, y.amount_minor FROM entry y
                      WHERE y.account_id = 300000000 + t.terminal_id AND y.entry_no > t.period_clr_no) AS e ON true
  LEFT JOIN decision d ON d.txid = e.txid AND d.phase = e.phase
 WHERE t.terminal_id = ANY ($1::int[])
 GROUP BY t.terminal_id
