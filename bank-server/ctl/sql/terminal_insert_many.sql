WITH added AS (
    INSERT INTO terminal (terminal_id, location)
    SELECT number, replace($3, '{}', number::text)
    FROM generate_series($1::integer, $1::integer + $2::integer - 1) AS number
    ON CONFLICT (terminal_id) DO NOTHING
    RETURNING terminal_id
), opened AS (
    INSERT INTO account (account_id, opened_on, kind, currency, product)
    SELECT chart.base + added.terminal_id, business_date, chart.kind, currency,
           lpad(added.terminal_id::text, 8, '0')
    FROM added CROSS JOIN bank CROSS JOIN (VALUES (200000000, 3), (300000000, 4)) AS chart (base, kind)
)
SELECT count(*) FROM added;
