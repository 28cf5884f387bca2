-- Nothing stays on the way: TECH accounts are empty, no other but ISSUE is below zero
SELECT 'account ' || account_id AS subject, 'has ' || balance_minor AS problem
FROM account
WHERE (kind = 'TECH' AND balance_minor <> 0) OR (kind <> 'ISSUE' AND balance_minor < 0);
