-- A participant's net is what its pairs settled; the two of a pair say the same of it
SELECT 'window ' || window_no || ' bank ' || bank_code AS subject,
       'net ' || settlement.net_minor || ', pairs settled ' || coalesce(sum(settled_minor), 0)
           AS problem
FROM settlement LEFT JOIN settlement_pair USING (window_no, bank_code)
GROUP BY window_no, bank_code, settlement.net_minor
HAVING settlement.net_minor <> coalesce(sum(settled_minor), 0)
UNION ALL
SELECT 'window ' || one.window_no || ' banks ' || one.bank_code || ' and ' || one.peer_code,
       'are not each other''s mirror'
FROM settlement_pair AS one
LEFT JOIN settlement_pair AS other ON other.window_no = one.window_no
     AND other.bank_code = one.peer_code AND other.peer_code = one.bank_code
WHERE one.bank_code < one.peer_code
  AND (one.net_minor, one.settled_minor, one.settled)
      IS DISTINCT FROM (-other.net_minor, -other.settled_minor, other.settled);
