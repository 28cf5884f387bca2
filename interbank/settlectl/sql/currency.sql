-- Currency of participant $1, or of the first one; no row when there is no agent.
SELECT (SELECT currency FROM participant WHERE bank_code = coalesce($1::integer, bank_code)
        ORDER BY bank_code LIMIT 1)
FROM agent;
