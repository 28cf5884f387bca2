SELECT bank_code, name, currency, business_date, epoch,
       (SELECT string_agg(iin, ',' ORDER BY iin) FROM iin) AS iins,
       window_no, surcharge_minor, peer_limit_minor
FROM bank;
