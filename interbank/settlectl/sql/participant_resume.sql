UPDATE participant
SET status = 'ACTIVE',
    cap_minor = (SELECT balance_minor FROM account WHERE account_id = 'PREFUND:' || participant.bank_code)
WHERE bank_code = $1::integer AND status <> 'ACTIVE'
RETURNING bank_code;
