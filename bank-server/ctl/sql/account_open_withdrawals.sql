-- Approved withdrawals of the account, at this bank's terminals, that are neither confirmed nor
-- reversed: how many, and the oldest, with whether it is suspected. Found by the account's debits,
-- each of which names its decision. A foreign acquirer keeps its own books of what it dispensed.
SELECT count(*) OVER (), decision.txid, decision.terminal_id, decision.business_date,
       EXISTS (SELECT FROM decision AS suspicion
               WHERE suspicion.txid = decision.txid AND suspicion.phase = 3
                 AND suspicion.rc = '00')
FROM entry
JOIN decision USING (txid, phase)
CROSS JOIN bank
WHERE entry.account_id = $1::bigint AND entry.phase = 0 AND entry.amount_minor > 0
  AND decision.operation = 3 AND decision.acquirer = bank_code
  AND NOT EXISTS (SELECT FROM decision AS advice
                  WHERE advice.txid = decision.txid AND advice.phase IN (1, 2)
                    AND advice.rc = '00')
ORDER BY entry.entry_no
LIMIT 1;
