-- Withdrawals at this bank's terminals that are not resolved yet: together they are DispClr. Neither
-- confirmed nor reversed: open, or suspect when the terminal could not tell. A foreign card's that
-- was reversed: until its issuer has acknowledged that (reversed), or for people to clear up when
-- the issuer's books differ (difference); of these the part that did not leave the machine.
-- Suspected dispenses first, then by age. The age is the number of business dates begun since; days
-- the bank skipped (advance-date --to) are not among them, so it is counted in the operators' log,
-- where each date that began has its line.
SELECT terminal_id, txid, amount_minor, account_id, account_id, business_date, state = 'suspect',
       (SELECT count(*) FROM operator_action
        WHERE action = 'bank advance-date'
          AND subject > 'business date ' || to_char(business_date, 'YYYY-MM-DD')),
       peer, state
FROM (SELECT original.terminal_id, original.txid, original.account_id, original.business_date,
             original.peer,
             original.amount_minor - coalesce(reversal.kept_minor, 0) AS amount_minor,
             CASE WHEN outcome.txid IS NOT NULL THEN 'difference'
                  WHEN reversal.txid IS NOT NULL THEN 'reversed'
                  WHEN suspicion.txid IS NOT NULL THEN 'suspect'
                  ELSE 'open' END AS state
      FROM decision AS original
      CROSS JOIN bank
      LEFT JOIN decision AS suspicion ON suspicion.txid = original.txid AND suspicion.phase = 3
                                         AND suspicion.rc = '00'
      LEFT JOIN decision AS confirmation ON confirmation.txid = original.txid
                                            AND confirmation.phase = 1 AND confirmation.rc = '00'
      LEFT JOIN decision AS reversal ON reversal.txid = original.txid AND reversal.phase = 2
                                        AND reversal.rc = '00'
      LEFT JOIN decision AS outcome ON outcome.txid = original.txid AND outcome.phase = 4
      WHERE original.operation = 3 AND original.phase = 0 AND original.rc = '00'
        AND original.acquirer = bank_code
        AND CASE WHEN reversal.txid IS NULL THEN confirmation.txid IS NULL
                 ELSE original.peer IS NOT NULL AND coalesce(outcome.rc <> '00', true)
                      AND reversal.kept_minor < reversal.amount_minor END) AS unresolved
ORDER BY state <> 'suspect', business_date, terminal_id, txid;
