SELECT window_no, bank_code, net_minor, 0, finality, certificate
FROM settlement ORDER BY window_no, bank_code;
