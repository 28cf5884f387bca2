-- Its cap is what is left of its prefunding.
UPDATE participant
SET status = 'SUSPENDED',
    cap_minor = (SELECT balance_minor FROM account WHERE account_id = 'PREFUND:' || participant.bank_code)
WHERE bank_code = $1::integer AND status <> 'DEFAULTED';
