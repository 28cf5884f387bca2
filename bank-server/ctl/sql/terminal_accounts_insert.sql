INSERT INTO account (account_id, opened_on, kind, currency, product)
SELECT chart.base + $1::bigint, business_date, chart.kind, currency,
       lpad($1::bigint::text, 8, '0')
FROM bank CROSS JOIN (VALUES (200000000, 3), (300000000, 4)) AS chart (base, kind);
