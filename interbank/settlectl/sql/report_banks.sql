SELECT settlement.bank_code, name, net_minor, debit_minor, credit_minor,
       debit_minor - prefunding_drawn_minor, prefunding_drawn_minor, shortfall_minor, reserve_minor,
       prefunding_minor, settlement.cap_minor, settlement.status
FROM settlement JOIN participant USING (bank_code)
WHERE window_no = $1::integer ORDER BY settlement.bank_code;
