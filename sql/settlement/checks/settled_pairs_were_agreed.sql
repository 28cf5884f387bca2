-- What settled between two is what both had submitted, in their latest positions
SELECT 'window ' || pair.window_no || ' bank ' || pair.bank_code || ' peer ' || pair.peer_code
           AS subject,
       'settled ' || net_minor || ', submitted '
       || coalesce((debit_minor - credit_minor)::text, 'nothing') AS problem
FROM settlement_pair AS pair
LEFT JOIN current_position USING (window_no, bank_code, peer_code)
WHERE settled AND net_minor IS DISTINCT FROM debit_minor - credit_minor;
