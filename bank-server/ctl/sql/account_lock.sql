-- Waits for the batches that post to the account: what they decided is seen by the next statement.
SELECT account_id FROM account WHERE account_id = $1::bigint AND kind = 1 FOR UPDATE;
