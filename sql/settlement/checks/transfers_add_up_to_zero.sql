-- The entries of a transfer add up to zero per currency
SELECT 'transfer ' || txid AS subject,
       'entries in ' || currency || ' add up to ' || sum(amount_minor) AS problem
FROM entry JOIN account USING (account_id)
GROUP BY txid, currency HAVING sum(amount_minor) <> 0;
