-- B6: Transit is what was taken for transfers whose fate the payee's bank has not told yet
-- Over all stripes: the lane that ends a transfer need not be the one that began it.
SELECT 'Transit' AS subject,
       'is ' || -balance_minor || ', transfers held are ' || held_minor AS problem
FROM (SELECT coalesce(sum(balance_minor), 0) AS balance_minor
      FROM account WHERE kind = 5) AS transit
CROSS JOIN (SELECT coalesce(sum(amount_minor + coalesce(surcharge_minor, 0)), 0) AS held_minor
            FROM decision
            WHERE operation = 5 AND phase = 0 AND rc = '00' AND peer IS NOT NULL
              AND account_id IS NOT NULL AND to_account_id IS NULL
              AND NOT EXISTS (SELECT FROM decision AS outcome
                              WHERE outcome.txid = decision.txid AND outcome.phase = 4)) AS held
WHERE -balance_minor <> held_minor;
