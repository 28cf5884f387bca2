-- What most would write first: a function that makes one transfer, called once per transaction. Two
-- accounts locked in order, the balance checked, a transfer and its two entries stored; no repeats, no
-- limits, no cards, no proof of history. A peer of the benchmark, in pgbench's database.
CREATE SCHEMA naive;
SET search_path = naive;

CREATE TABLE account (
    account_id BIGINT PRIMARY KEY,
    balance    BIGINT NOT NULL
);

CREATE TABLE transfer (
    transfer_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payer_id    BIGINT NOT NULL,
    payee_id    BIGINT NOT NULL,
    amount      BIGINT NOT NULL,
    made_at     TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE entry (
    account_id  BIGINT NOT NULL,
    transfer_id BIGINT NOT NULL,
    amount      BIGINT NOT NULL,
    balance     BIGINT NOT NULL,
    PRIMARY KEY (account_id, transfer_id)
);

CREATE FUNCTION make_transfer(from_account BIGINT, to_account BIGINT, moved BIGINT) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
    made          BIGINT;
    payer_balance BIGINT;
    payee_balance BIGINT;
BEGIN
    PERFORM FROM naive.account WHERE account_id IN (from_account, to_account)
    ORDER BY account_id FOR UPDATE;
    UPDATE naive.account SET balance = balance - moved WHERE account_id = from_account
    RETURNING balance INTO payer_balance;
    UPDATE naive.account SET balance = balance + moved WHERE account_id = to_account
    RETURNING balance INTO payee_balance;
    IF payer_balance < 0 THEN
        RAISE EXCEPTION 'insufficient funds';
    END IF;
    INSERT INTO naive.transfer (payer_id, payee_id, amount) VALUES (from_account, to_account, moved)
    RETURNING transfer_id INTO made;
    INSERT INTO naive.entry (account_id, transfer_id, amount, balance)
    VALUES (from_account, made, -moved, payer_balance), (to_account, made, moved, payee_balance);
    RETURN made;
END $$;

INSERT INTO account SELECT account_id, 1000000000 FROM generate_series(1, :accounts) AS account_id;
VACUUM ANALYZE account;
