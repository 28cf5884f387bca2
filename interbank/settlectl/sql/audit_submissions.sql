SELECT window_no, bank_code, net_minor, revision, statement, certificate
FROM submission ORDER BY window_no, bank_code, revision;
