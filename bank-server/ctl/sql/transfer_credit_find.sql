SELECT account_id, peer, amount_minor FROM decision
WHERE txid = $1::uuid AND phase = 5 AND rc = '00';
