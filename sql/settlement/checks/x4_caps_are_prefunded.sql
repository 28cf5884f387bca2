-- X4: caps follow prefunding: no active participant has a cap beyond what it prefunded
SELECT 'participant ' || participant.bank_code AS subject,
       'has a cap of ' || cap_minor || ' with prefunding of ' || balance_minor AS problem
FROM participant JOIN account ON account_id = 'PREFUND:' || participant.bank_code
WHERE cap_minor > balance_minor;
