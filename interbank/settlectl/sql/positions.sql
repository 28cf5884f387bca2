-- Of window $1, by what is submitted. A bank that has not submitted is seen by the others.
SELECT participant.bank_code, name, coalesce(sum(debit_minor), 0), coalesce(sum(credit_minor), 0),
       coalesce(sum(debit_minor - credit_minor), 0),
       EXISTS (SELECT FROM submission WHERE submission.window_no = $1::integer
               AND submission.bank_code = participant.bank_code)
FROM participant
LEFT JOIN pair_claim ON pair_claim.bank_code = participant.bank_code AND window_no = $1::integer
WHERE first_window_no <= $1::integer
GROUP BY participant.bank_code ORDER BY participant.bank_code;
