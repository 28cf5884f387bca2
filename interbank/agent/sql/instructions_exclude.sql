-- Queued instructions of window $1 from or to who has defaulted.
UPDATE instruction SET state = 'EXCLUDED'
WHERE window_no = $1::integer AND state = 'QUEUED'
  AND EXISTS (SELECT FROM participant
              WHERE bank_code IN (payer, payee) AND status = 'DEFAULTED');
