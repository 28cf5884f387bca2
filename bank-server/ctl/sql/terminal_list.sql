SELECT terminal_id, location, CASE terminal.status WHEN 'A' THEN 'active' ELSE 'revoked' END, signed_on, pin_failures, period_no,
       atm.balance_minor, -clearing.balance_minor
FROM terminal
JOIN account AS atm ON atm.account_id = 200000000 + terminal_id
JOIN account AS clearing ON clearing.account_id = 300000000 + terminal_id
ORDER BY terminal_id;
