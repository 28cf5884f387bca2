-- B5: DispClr of each terminal is what was approved there and is not resolved yet
-- A confirmation (1) or a reversal (2) resolves; a suspected dispense (3) leaves it open. A foreign
-- card's reversal resolves what left the machine; the rest stays until its issuer has acknowledged
-- it (4).
WITH unresolved AS (
    SELECT original.terminal_id,
           sum(CASE WHEN reversal.txid IS NULL THEN original.amount_minor
                    ELSE reversal.amount_minor - reversal.kept_minor END) AS amount_minor
    FROM decision AS original
    CROSS JOIN bank
    LEFT JOIN decision AS confirmation ON confirmation.txid = original.txid
                                          AND confirmation.phase = 1 AND confirmation.rc = '00'
    LEFT JOIN decision AS reversal ON reversal.txid = original.txid AND reversal.phase = 2
                                      AND reversal.rc = '00'
    LEFT JOIN decision AS outcome ON outcome.txid = original.txid AND outcome.phase = 4
                                     AND outcome.rc = '00'
    WHERE original.operation = 3 AND original.phase = 0 AND original.rc = '00'
      AND original.acquirer = bank_code
      AND CASE WHEN reversal.txid IS NULL THEN confirmation.txid IS NULL
               ELSE original.peer IS NOT NULL AND outcome.txid IS NULL END
    GROUP BY original.terminal_id)
SELECT 'terminal ' || lpad(coalesce(terminal_id, account_id - 300000000)::text, 8, '0') AS subject,
       'DispClr is ' || coalesce((-balance_minor)::text, 'missing') || ', unresolved withdrawals are '
       || coalesce(unresolved.amount_minor, 0) AS problem
FROM (SELECT account_id, balance_minor FROM account WHERE kind = 4) AS clearing
FULL JOIN unresolved ON account_id = 300000000 + terminal_id
WHERE -coalesce(balance_minor, 0) <> coalesce(unresolved.amount_minor, 0);
