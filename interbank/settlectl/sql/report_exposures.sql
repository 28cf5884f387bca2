-- What is still owed between the two of each excluded pair.
SELECT peer_code, bank_code, net_minor - settled_minor
FROM settlement_pair
WHERE window_no = $1::integer AND NOT settled AND net_minor > settled_minor
ORDER BY peer_code, bank_code;
