INSERT INTO account (account_id, kind, bank_code, currency)
SELECT kind || ':' || coalesce(holder::text, $2), kind, holder, $2
FROM (VALUES ('RESERVE', $1::integer), ('PREFUND', $1::integer), ('TECH', NULL), ('ISSUE', NULL))
     AS wanted (kind, holder)
ON CONFLICT DO NOTHING;
