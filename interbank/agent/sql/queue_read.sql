SELECT instruction_no, payer, payee, amount_minor FROM instruction
WHERE window_no = $1::integer AND currency = $2 AND state = 'QUEUED' ORDER BY instruction_no;
