-- Totals of each terminal's current period: entries of its own two accounts since the marks.
-- A withdrawal credits DispClr in phase 0. A reversal debits DispClr by the whole amount and credits
-- ATM by the part that was dispensed: the difference went back to the customer. A foreign card's does
-- so by the dispensed part only; its rest leaves DispClr, and counts, when the issuer has
-- acknowledged it (phase 4). Such a reversal is counted there, or in phase 2 if it has no rest.
SELECT t.terminal_id,
       count(*) FILTER (WHERE d.operation = 3 AND e.phase = 0),
       coalesce(sum(-e.amount_minor) FILTER (WHERE d.operation = 3 AND e.phase = 0), 0)::bigint,
       count(DISTINCT e.txid) FILTER (WHERE d.operation = 3 AND (e.phase = 4 OR e.phase = 2 AND
                                            (d.peer IS NULL OR d.kept_minor = d.amount_minor))),
       coalesce(sum(e.amount_minor) FILTER (WHERE d.operation = 3 AND e.phase IN (2, 4)), 0)::bigint,
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
