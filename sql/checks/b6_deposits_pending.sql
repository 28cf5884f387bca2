-- B6: DepPend is what is owed for transfers returned to closed accounts, less what issuers still owe
-- The latter are deposits of foreign cards whose notes went back and whose issuer has not
-- acknowledged the reversal.
SELECT 'DepPend' AS subject,
       'is ' || -balance_minor || ', ' || returned_minor || ' was returned to closed accounts and '
       || reversed_minor || ' is to come back' AS problem
FROM (SELECT coalesce(sum(balance_minor), 0) AS balance_minor
      FROM account WHERE kind = 6) AS pending
CROSS JOIN (SELECT coalesce(sum(amount_minor), 0) AS returned_minor
            FROM decision
            WHERE operation = 5 AND phase = 6 AND rc = '00' AND account_id IS NULL) AS returned
CROSS JOIN (SELECT coalesce(sum(reversal.amount_minor), 0) AS reversed_minor
            FROM decision AS reversal
            JOIN bank ON bank_code = reversal.acquirer
            JOIN decision AS original ON original.txid = reversal.txid AND original.phase = 0
                                         AND original.rc = '00'
            WHERE reversal.operation = 4 AND reversal.phase = 2 AND reversal.rc = '00'
              AND reversal.peer IS NOT NULL
              AND NOT EXISTS (SELECT FROM decision AS outcome
                              WHERE outcome.txid = reversal.txid AND outcome.phase = 4
                                AND outcome.rc = '00')) AS reversed
WHERE -balance_minor <> returned_minor - reversed_minor;
