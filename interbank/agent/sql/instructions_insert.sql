-- The queue of window $1: each direction of a pair that settles is one instruction, in the order in
-- which the payers' positions came.
INSERT INTO instruction (window_no, instruction_no, payer, payee, amount_minor, currency)
SELECT window_no, row_number() OVER (ORDER BY received_at, payer, payee), payer, payee, amount_minor,
       currency
FROM (SELECT pair_claim.window_no, pair_claim.bank_code AS payer, peer_code AS payee,
             credit_minor AS amount_minor, pair_claim.currency, received_at
      FROM pair_claim
      JOIN participant AS one ON one.bank_code = pair_claim.bank_code
      JOIN participant AS other ON other.bank_code = pair_claim.peer_code
      JOIN LATERAL (SELECT received_at FROM submission
                    WHERE submission.window_no = pair_claim.window_no
                      AND submission.bank_code = pair_claim.bank_code
                    ORDER BY revision DESC LIMIT 1) AS latest ON true
      WHERE pair_claim.window_no = $1::integer AND credit_minor > 0
        AND one.status <> 'DEFAULTED' AND other.status <> 'DEFAULTED') AS owed;
