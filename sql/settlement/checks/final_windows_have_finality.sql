-- Every final window has a signed result for each of its participants, and no other window has one
SELECT 'window ' || window_no || ' bank ' || bank_code AS subject, 'has no result' AS problem
FROM settlement_window JOIN participant ON first_window_no <= window_no
WHERE state IN ('SETTLED', 'FAILED')
  AND NOT EXISTS (SELECT FROM settlement WHERE settlement.window_no = settlement_window.window_no
                  AND settlement.bank_code = participant.bank_code)
UNION ALL
SELECT 'window ' || window_no || ' bank ' || bank_code, 'has a result while it is ' || state
FROM settlement JOIN settlement_window USING (window_no)
WHERE state NOT IN ('SETTLED', 'FAILED');
