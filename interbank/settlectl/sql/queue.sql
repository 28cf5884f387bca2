SELECT instruction_no, payer, payee, amount_minor, state, step_no
FROM instruction WHERE window_no = $1::integer ORDER BY instruction_no;
