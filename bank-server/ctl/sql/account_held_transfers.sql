-- Transfers from the account to other banks whose fate is not known: how many, and the oldest. They
-- may still come back. Found like account_open_withdrawals.
SELECT count(*) OVER (), decision.txid, decision.peer
FROM entry
JOIN decision USING (txid, phase)
WHERE entry.account_id = $1::bigint AND entry.phase = 0 AND entry.amount_minor > 0
  AND decision.operation = 5 AND decision.peer IS NOT NULL AND decision.to_account_id IS NULL
  AND NOT EXISTS (SELECT FROM decision AS outcome
                  WHERE outcome.txid = decision.txid AND outcome.phase = 4)
ORDER BY entry.entry_no
LIMIT 1;
