-- The approved withdrawal $1, whatever became of it: the engine decides whether it can be resolved.
SELECT terminal_id, account_id, amount_minor FROM decision
WHERE txid = $1::uuid AND phase = 0 AND operation = 3 AND rc = '00';
