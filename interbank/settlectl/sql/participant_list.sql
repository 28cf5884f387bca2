SELECT participant.bank_code, name, participant.currency, status, reserve.balance_minor,
       prefund.balance_minor, cap_minor, first_window_no
FROM participant
JOIN account AS reserve ON reserve.account_id = 'RESERVE:' || participant.bank_code
JOIN account AS prefund ON prefund.account_id = 'PREFUND:' || participant.bank_code
WHERE participant.bank_code = coalesce($1::integer, participant.bank_code)
ORDER BY participant.bank_code;
