-- What window $1 was between any two. Gross: by their instructions; deferred net: all or nothing, by
-- whether both are left.
WITH paid AS (
    SELECT bank_code, peer_code,
           coalesce(sum(CASE WHEN payee = bank_code THEN amount_minor ELSE -amount_minor END)
                    FILTER (WHERE state = 'SETTLED'), 0) AS settled_minor,
           bool_or(state = 'EXCLUDED') AS excluded
    FROM instruction
    CROSS JOIN LATERAL (VALUES (payer, payee), (payee, payer)) AS view (bank_code, peer_code)
    WHERE window_no = $1::integer GROUP BY bank_code, peer_code),
outcome AS (
    SELECT pair_claim.bank_code, pair_claim.peer_code, debit_minor - credit_minor AS net_minor,
           paid.settled_minor, model = 'gross' AS gross,
           coalesce(NOT excluded, one.status <> 'DEFAULTED' AND other.status <> 'DEFAULTED') AS settled
    FROM pair_claim
    JOIN settlement_window USING (window_no)
    JOIN participant AS one ON one.bank_code = pair_claim.bank_code
    JOIN participant AS other ON other.bank_code = pair_claim.peer_code
    LEFT JOIN paid ON paid.bank_code = pair_claim.bank_code
                  AND paid.peer_code = pair_claim.peer_code
    WHERE window_no = $1::integer)
INSERT INTO settlement_pair (window_no, bank_code, peer_code, net_minor, settled_minor, settled)
SELECT $1::integer, bank_code, peer_code, net_minor,
       CASE WHEN gross THEN coalesce(settled_minor, 0) WHEN settled THEN net_minor ELSE 0 END, settled
FROM outcome;
