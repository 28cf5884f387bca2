-- 0002: cards, terminals, and the operators' own log.
SET LOCAL search_path = bank, pg_temp;

CREATE TABLE card (
    card_id           BIGINT   NOT NULL,
    customer_id       BIGINT   NOT NULL,
    pan_digest        BYTEA    NOT NULL,
    pan_masked        TEXT     NOT NULL,
    expiry            INTEGER  NOT NULL,
    pin_digest        BYTEA    NOT NULL,
    tries_left        SMALLINT NOT NULL DEFAULT 3,
    status            CHAR(1)  NOT NULL DEFAULT 'A',
    session           UUID,
    daily_limit_minor BIGINT   NOT NULL DEFAULT 50000,
    daily_limit_count INTEGER  NOT NULL DEFAULT 10,
    usage_date        DATE,
    used_minor        BIGINT   NOT NULL DEFAULT 0,
    used_count        INTEGER  NOT NULL DEFAULT 0,
    account_ids       BIGINT[] NOT NULL,
    CONSTRAINT card_pk PRIMARY KEY (card_id),
    CONSTRAINT card_pan_unique UNIQUE (pan_digest),
    CONSTRAINT card_customer_fk FOREIGN KEY (customer_id) REFERENCES customer (customer_id),
    CONSTRAINT card_pan_is_masked CHECK (pan_masked ~ '^[0-9]{8}[*]+[0-9]{4}$'),
    CONSTRAINT card_digests_are_sha256 CHECK (octet_length(pan_digest) = 32 AND octet_length(pin_digest) = 32),
    CONSTRAINT card_tries_in_range CHECK (tries_left BETWEEN 0 AND 3),
    CONSTRAINT card_status_known CHECK (status IN ('A', 'L', 'S', 'R')),
    CONSTRAINT card_accounts_in_range CHECK (cardinality(account_ids) BETWEEN 1 AND 8),
    CONSTRAINT card_usage_not_negative CHECK (used_minor >= 0 AND used_count >= 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE card IS 'Cards this bank issued. The PAN is not here: only its keyed digest and its mask';
COMMENT ON COLUMN card.card_id IS 'Random; says nothing about the PAN';
COMMENT ON COLUMN card.customer_id IS 'Holder';
COMMENT ON COLUMN card.pan_digest IS 'HMAC-SHA256 of the PAN under a key kept outside the database';
COMMENT ON COLUMN card.pan_masked IS 'IIN and last four digits, for people';
COMMENT ON COLUMN card.expiry IS 'YYMM, valid to the end of that month';
COMMENT ON COLUMN card.pin_digest IS 'HMAC-SHA256 of card_id and PIN under a key kept outside the database';
COMMENT ON COLUMN card.tries_left IS 'PIN tries left; 0 blocks the card (75)';
COMMENT ON COLUMN card.status IS 'A active, L lost (41), S stolen (43), R restricted (62)';
COMMENT ON COLUMN card.session IS 'txid of the session that is open; tokens of any other are void';
COMMENT ON COLUMN card.daily_limit_minor IS 'Most cash per business date';
COMMENT ON COLUMN card.daily_limit_count IS 'Most withdrawals per business date';
COMMENT ON COLUMN card.usage_date IS 'Business date that used_* count for';
COMMENT ON COLUMN card.used_minor IS 'Cash approved less reversed on usage_date';
COMMENT ON COLUMN card.used_count IS 'Withdrawals approved less fully reversed on usage_date';
COMMENT ON COLUMN card.account_ids IS 'Accounts the card may use, the default first';

CREATE TABLE terminal (
    terminal_id    INTEGER NOT NULL,
    location       TEXT    NOT NULL,
    status         CHAR(1) NOT NULL DEFAULT 'A',
    signed_on      BOOLEAN NOT NULL DEFAULT false,
    pin_failures   INTEGER NOT NULL DEFAULT 0,
    period_no      BIGINT  NOT NULL DEFAULT 1,
    period_atm_no  BIGINT  NOT NULL DEFAULT 0,
    period_clr_no  BIGINT  NOT NULL DEFAULT 0,
    CONSTRAINT terminal_pk PRIMARY KEY (terminal_id),
    CONSTRAINT terminal_id_in_range CHECK (terminal_id BETWEEN 1 AND 99999999),
    CONSTRAINT terminal_status_known CHECK (status IN ('A', 'R'))
);
COMMENT ON TABLE terminal IS 'Terminals this bank acquires for';
COMMENT ON COLUMN terminal.terminal_id IS 'ISO 8583 DE 41, eight digits';
COMMENT ON COLUMN terminal.location IS 'Where it stands, for receipts (DE 43)';
COMMENT ON COLUMN terminal.status IS 'A active, R revoked (58)';
COMMENT ON COLUMN terminal.signed_on IS 'Operations other than sign-on and advices need it';
COMMENT ON COLUMN terminal.pin_failures IS 'Wrong PINs less right ones, over all cards, never below zero: velocity check';
COMMENT ON COLUMN terminal.period_no IS 'Number of the reconciliation period, raised by terminal.cut_over';
COMMENT ON COLUMN terminal.period_atm_no IS 'Last entry of the ATM account before the period';
COMMENT ON COLUMN terminal.period_clr_no IS 'Last entry of the DispClr account before the period';

CREATE TABLE operator_action (
    action_id        UUID        NOT NULL,
    done_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    operator         TEXT        NOT NULL DEFAULT session_user,
    system_user_name TEXT        NOT NULL,
    action           TEXT        NOT NULL,
    subject          TEXT        NOT NULL,
    CONSTRAINT operator_action_pk PRIMARY KEY (action_id)
);
COMMENT ON TABLE operator_action IS 'What operators did to master data. Append-only';
COMMENT ON COLUMN operator_action.action_id IS 'Version 7 UUID';
COMMENT ON COLUMN operator_action.done_at IS 'For people';
COMMENT ON COLUMN operator_action.operator IS 'Who, as the database knows them; operators cannot set it';
COMMENT ON COLUMN operator_action.system_user_name IS 'Who, as bankctl found them on its machine: a claim';
COMMENT ON COLUMN operator_action.action IS 'bankctl command';
COMMENT ON COLUMN operator_action.subject IS 'What it was done to; PANs masked';
