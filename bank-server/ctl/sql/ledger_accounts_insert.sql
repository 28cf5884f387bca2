-- The bank's own accounts, numbered KKSSSS: kind times 10000 plus stripe. Accounts that nearly every
-- batch posts to are striped, so that several lanes need not wait for one row.
INSERT INTO account (account_id, opened_on, kind, currency, product)
SELECT chart.kind * 10000 + stripe, bank.business_date, chart.kind, bank.currency, stripe::text
FROM bank
CROSS JOIN (VALUES ('Vault', 1), ('Capital', 1), ('Over', 1), ('Short', 1), ('Settle', 1), ('Breaks', 1),
                   ('Transit', 16), ('FeeInc', 16), ('FeeExp', 16), ('DepPend', 16))
           AS wanted (code, stripes)
JOIN account_kind chart USING (code)
CROSS JOIN LATERAL generate_series(0, wanted.stripes - 1) AS stripe;
