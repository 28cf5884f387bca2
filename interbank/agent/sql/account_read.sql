SELECT participant.currency, status, cap_minor, reserve.balance_minor, prefund.balance_minor
FROM participant
JOIN account AS reserve ON reserve.account_id = 'RESERVE:' || participant.bank_code
JOIN account AS prefund ON prefund.account_id = 'PREFUND:' || participant.bank_code
WHERE participant.bank_code = $1::integer;
