-- Approved withdrawals of this bank's terminals that are neither confirmed nor reversed: together
-- they are DispClr. Suspected dispenses first, then by age. The age is the number of business dates
-- begun since; days the bank skipped (advance-date --to) are not among them, so it is counted in
-- the operators' log, where each date that began has its line.
SELECT decision.terminal_id, decision.txid, decision.amount_minor, decision.account_id,
       decision.account_id, decision.business_date, suspicion.txid IS NOT NULL,
       (SELECT count(*) FROM operator_action
        WHERE action = 'bank advance-date'
          AND subject > 'business date ' || to_char(decision.business_date, 'YYYY-MM-DD'))
FROM decision
CROSS JOIN bank
LEFT JOIN decision AS suspicion ON suspicion.txid = decision.txid AND suspicion.phase = 3
                                   AND suspicion.rc = '00'
WHERE decision.operation = 3 AND decision.phase = 0 AND decision.rc = '00'
  AND decision.acquirer = bank_code
  AND NOT EXISTS (SELECT FROM decision AS advice
                  WHERE advice.txid = decision.txid AND advice.phase IN (1, 2)
                    AND advice.rc = '00')
ORDER BY suspicion.txid IS NULL, decision.business_date, decision.terminal_id, decision.txid;
