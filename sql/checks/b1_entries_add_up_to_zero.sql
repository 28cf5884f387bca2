-- B1: the entries of each decision add up to zero
SELECT txid || ' phase ' || phase AS subject,
       'entries add up to ' || sum(amount_minor) || ' minor units' AS problem
FROM entry
GROUP BY txid, phase
HAVING sum(amount_minor) <> 0;
