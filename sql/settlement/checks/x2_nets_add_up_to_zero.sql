-- X2: net positions of a window add up to zero per currency
SELECT 'window ' || window_no || ' ' || currency AS subject,
       'nets add up to ' || sum(net_minor) AS problem
FROM settlement JOIN participant USING (bank_code)
GROUP BY window_no, currency HAVING sum(net_minor) <> 0;
