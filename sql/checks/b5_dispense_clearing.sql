-- B5: DispClr of each terminal is what was approved there and is not resolved yet
-- A confirmation (1) or a reversal (2) resolves; a suspected dispense (3) leaves it open.
WITH unresolved AS (
    SELECT terminal_id, sum(amount_minor) AS amount_minor
    FROM decision
    CROSS JOIN bank
    WHERE operation = 3 AND phase = 0 AND rc = '00' AND acquirer = bank_code
      AND NOT EXISTS (SELECT FROM decision AS advice
                      WHERE advice.txid = decision.txid AND advice.phase IN (1, 2)
                        AND advice.rc = '00')
    GROUP BY terminal_id)
SELECT 'terminal ' || lpad(coalesce(terminal_id, account_id - 300000000)::text, 8, '0') AS subject,
       'DispClr is ' || coalesce((-balance_minor)::text, 'missing') || ', unresolved withdrawals are '
       || coalesce(unresolved.amount_minor, 0) AS problem
FROM (SELECT account_id, balance_minor FROM account WHERE kind = 4) AS clearing
FULL JOIN unresolved ON account_id = 300000000 + terminal_id
WHERE -coalesce(balance_minor, 0) <> coalesce(unresolved.amount_minor, 0);
