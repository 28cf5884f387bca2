-- X3: all accounts of a currency add up to zero
SELECT 'currency ' || currency AS subject, 'accounts add up to ' || sum(balance_minor) AS problem
FROM account GROUP BY currency HAVING sum(balance_minor) <> 0;
