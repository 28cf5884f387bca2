-- Participants that window $1 concerns, with what they have here and their highest revision.
SELECT participant.bank_code, participant.currency, status, cap_minor, reserve.balance_minor,
       prefund.balance_minor,
       coalesce((SELECT max(revision) FROM submission
                 WHERE window_no = $1::integer AND submission.bank_code = participant.bank_code), 0)
FROM participant
JOIN account AS reserve ON reserve.account_id = 'RESERVE:' || participant.bank_code
JOIN account AS prefund ON prefund.account_id = 'PREFUND:' || participant.bank_code
WHERE first_window_no <= $1::integer
ORDER BY participant.bank_code;
