UPDATE instruction SET state = 'SETTLED', step_no = $3::integer
WHERE window_no = $1::integer AND instruction_no = $2::integer;
