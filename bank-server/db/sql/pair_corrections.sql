-- Which of operations $1 correct a break.
SELECT txid FROM decision WHERE txid = ANY ($1::uuid[]) AND phase = 0 AND operation = 17
