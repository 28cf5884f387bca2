-- 0001: the bank's books: bank, accounts, decisions, entries, hash chain.
--
-- One database per bank; everything lives in schema bank. Money is BIGINT minor units. An amount
-- and a balance are signed, debit positive, credit negative, so that the entries of one decision
-- add up to zero and a balance is the sum of its entries. A customer's money is the bank's
-- liability: a customer with 100.00 has balance_minor = -10000.

CREATE SCHEMA bank;
COMMENT ON SCHEMA bank IS 'Books and master data of one bank of the Tellerwire network';
SET LOCAL search_path = bank, pg_temp;

CREATE TABLE migration (
    migration_no INTEGER     NOT NULL,
    name         TEXT        NOT NULL,
    checksum     BYTEA       NOT NULL,
    applied_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT migration_pk PRIMARY KEY (migration_no),
    CONSTRAINT migration_checksum_is_sha256 CHECK (octet_length(checksum) = 32)
);
COMMENT ON TABLE migration IS 'Migrations applied to this database, written by bankctl migrate in the transaction of each';
COMMENT ON COLUMN migration.migration_no IS 'Number its file name begins with';
COMMENT ON COLUMN migration.name IS 'Its file name without .sql';
COMMENT ON COLUMN migration.checksum IS 'SHA-256 of its text: an edited migration is refused';
COMMENT ON COLUMN migration.applied_at IS 'For people only';

CREATE TABLE bank (
    bank_code      INTEGER  NOT NULL,
    name           TEXT     NOT NULL,
    currency       CHAR(3)  NOT NULL,
    business_date  DATE     NOT NULL,
    epoch          BIGINT   NOT NULL DEFAULT 1,
    cut_over_guard BOOLEAN  NOT NULL DEFAULT true,
    CONSTRAINT bank_pk PRIMARY KEY (bank_code),
    CONSTRAINT bank_code_is_eight_digits CHECK (bank_code BETWEEN 90000000 AND 99999999),
    CONSTRAINT bank_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$')
);
CREATE UNIQUE INDEX bank_has_one_row ON bank ((true));
COMMENT ON TABLE bank IS 'The bank itself; exactly one row. Every posting transaction reads it FOR SHARE, so that advancing the business date waits for the batches in flight';
COMMENT ON COLUMN bank.bank_code IS 'Bank identifier inside the IBANs of its accounts, eight digits';
COMMENT ON COLUMN bank.name IS 'Name for people';
COMMENT ON COLUMN bank.currency IS 'ISO 4217 code of all accounts';
COMMENT ON COLUMN bank.business_date IS 'Current business date; the order of money never depends on a clock';
COMMENT ON COLUMN bank.epoch IS 'Raised at every promotion of a standby and every restore; a bank server that has seen a higher one refuses this database as an old one come back';
COMMENT ON COLUMN bank.cut_over_guard IS 'Never changes; the privilege to update it is what lets bank servers lock the row FOR SHARE';

CREATE FUNCTION current_business_date() RETURNS DATE
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = bank, pg_temp
    AS 'SELECT business_date FROM bank';
COMMENT ON FUNCTION current_business_date() IS 'Default of batch.business_date: exact, because a posting transaction holds the bank''s row FOR SHARE';

CREATE TABLE iin (
    iin CHAR(8) NOT NULL,
    CONSTRAINT iin_pk PRIMARY KEY (iin),
    CONSTRAINT iin_is_eight_digits CHECK (iin ~ '^9[0-9]{7}$')
);
COMMENT ON TABLE iin IS 'Issuer identification numbers (ISO/IEC 7812) of cards this bank issues';
COMMENT ON COLUMN iin.iin IS 'First eight digits of the PAN';

CREATE TABLE account_kind (
    kind        SMALLINT NOT NULL,
    code        TEXT     NOT NULL,
    class       CHAR(1)  NOT NULL,
    description TEXT     NOT NULL,
    CONSTRAINT account_kind_pk PRIMARY KEY (kind),
    CONSTRAINT account_kind_code_unique UNIQUE (code),
    CONSTRAINT account_kind_class_known CHECK (class IN ('A', 'L', 'Q', 'I', 'X'))
);
COMMENT ON TABLE account_kind IS 'Chart of accounts';
COMMENT ON COLUMN account_kind.kind IS 'Number used in account.kind';
COMMENT ON COLUMN account_kind.code IS 'Name in reports, as in the posting rules';
COMMENT ON COLUMN account_kind.class IS 'A asset, L liability, Q equity, I income, X expense';
COMMENT ON COLUMN account_kind.description IS 'What is booked here';
INSERT INTO account_kind (kind, code, class, description) VALUES
    (1,  'Cust',    'L', 'customer account'),
    (2,  'Vault',   'A', 'cash in the vault'),
    (3,  'ATM',     'A', 'cash inside one terminal'),
    (4,  'DispClr', 'L', 'dispense clearing of one terminal: approved, cash not yet confirmed'),
    (5,  'Transit', 'L', 'transfers sent and not yet decided by the beneficiary bank'),
    (6,  'DepPend', 'L', 'deposits pending'),
    (7,  'Over',    'L', 'cash over: found at balancing'),
    (8,  'Short',   'A', 'cash short: missing at balancing'),
    (9,  'FeeInc',  'I', 'fee income'),
    (10, 'FeeExp',  'X', 'fee expense'),
    (11, 'Settle',  'A', 'settlement account at the settlement agent'),
    (12, 'Capital', 'Q', 'paid-in capital');

CREATE TABLE customer (
    customer_id BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    opened_on   DATE   NOT NULL,
    CONSTRAINT customer_pk PRIMARY KEY (customer_id),
    CONSTRAINT customer_name_not_blank CHECK (length(btrim(name)) > 0)
);
COMMENT ON TABLE customer IS 'Who holds accounts and cards';
COMMENT ON COLUMN customer.customer_id IS 'Customer number';
COMMENT ON COLUMN customer.name IS 'Name for people';
COMMENT ON COLUMN customer.opened_on IS 'Business date of the first contract';

CREATE TABLE account (
    account_id        BIGINT   NOT NULL,
    balance_minor     BIGINT   NOT NULL DEFAULT 0,
    entry_no          BIGINT   NOT NULL DEFAULT 0,
    overdraft_minor   BIGINT   NOT NULL DEFAULT 0,
    daily_limit_minor BIGINT,
    daily_used_minor  BIGINT   NOT NULL DEFAULT 0,
    customer_id       BIGINT,
    daily_date        DATE,
    opened_on         DATE     NOT NULL,
    kind              SMALLINT NOT NULL,
    status            CHAR(1)  NOT NULL DEFAULT 'O',
    currency          CHAR(3)  NOT NULL,
    product           TEXT     NOT NULL,
    CONSTRAINT account_pk PRIMARY KEY (account_id),
    CONSTRAINT account_kind_fk FOREIGN KEY (kind) REFERENCES account_kind (kind),
    CONSTRAINT account_customer_fk FOREIGN KEY (customer_id) REFERENCES customer (customer_id),
    CONSTRAINT account_number_fits_kind CHECK
        ((kind = 1) = (account_id BETWEEN 1000000000 AND 9999999999) AND account_id > 0),
    CONSTRAINT account_customer_iff_customer_account CHECK ((kind = 1) = (customer_id IS NOT NULL)),
    CONSTRAINT account_status_known CHECK (status IN ('O', 'B', 'C')),
    CONSTRAINT account_overdraft_not_negative CHECK (overdraft_minor >= 0),
    CONSTRAINT account_daily_limit_not_negative CHECK (daily_limit_minor >= 0),
    CONSTRAINT account_closed_is_empty CHECK (status <> 'C' OR balance_minor = 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE account IS 'Accounts of customers and of the bank itself. fillfactor leaves room for HOT updates of balance and entry number';
COMMENT ON COLUMN account.account_id IS 'Customers: the ten digits in the IBAN. The bank''s own: 2TTTTTTTT = ATM and 3TTTTTTTT = DispClr of terminal TTTTTTTT; others KKSSSS, kind and stripe';
COMMENT ON COLUMN account.balance_minor IS 'Sum of all entries, debit positive, credit negative';
COMMENT ON COLUMN account.entry_no IS 'Number of the last entry; entries are numbered without gaps';
COMMENT ON COLUMN account.overdraft_minor IS 'How far a customer may go below zero';
COMMENT ON COLUMN account.daily_limit_minor IS 'Most that may leave the account per business date; NULL: no limit';
COMMENT ON COLUMN account.daily_used_minor IS 'What left the account on daily_date';
COMMENT ON COLUMN account.customer_id IS 'Holder; NULL for the bank''s own accounts';
COMMENT ON COLUMN account.daily_date IS 'Business date that daily_used_minor counts for';
COMMENT ON COLUMN account.opened_on IS 'Business date of opening';
COMMENT ON COLUMN account.kind IS 'Kind in the chart of accounts';
COMMENT ON COLUMN account.status IS 'O open, B blocked (credits only), C closed';
COMMENT ON COLUMN account.currency IS 'ISO 4217 code';
COMMENT ON COLUMN account.product IS 'checking or savings for customers; the stripe or terminal for ledger accounts';
CREATE INDEX account_by_customer ON account (customer_id) WHERE customer_id IS NOT NULL;
COMMENT ON INDEX account_by_customer IS 'bankctl account list --customer';

CREATE TABLE operation (
    operation SMALLINT NOT NULL,
    code      TEXT     NOT NULL,
    CONSTRAINT operation_pk PRIMARY KEY (operation),
    CONSTRAINT operation_code_unique UNIQUE (code)
);
COMMENT ON TABLE operation IS 'Names of decision.operation';
COMMENT ON COLUMN operation.operation IS 'Number, stable for ever';
COMMENT ON COLUMN operation.code IS 'Name in statements and reports';
INSERT INTO operation (operation, code) VALUES
    (1, 'session'), (2, 'pin_change'), (3, 'withdrawal'), (4, 'deposit'), (5, 'transfer'),
    (6, 'replenish'), (7, 'remove'), (8, 'balancing'), (9, 'cut_over'),
    (10, 'counter_deposit'), (11, 'counter_withdrawal'), (12, 'capital');

CREATE TABLE lane (
    lane_id    BIGINT      NOT NULL,
    server     TEXT        NOT NULL,
    genesis    BYTEA       NOT NULL,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT lane_pk PRIMARY KEY (lane_id),
    CONSTRAINT lane_genesis_is_sha256 CHECK (octet_length(genesis) = 32)
);
COMMENT ON TABLE lane IS 'One posting connection from its start to its end; each has a hash chain of its own, so that no lane waits for another';
COMMENT ON COLUMN lane.lane_id IS 'Random, made by the bank server';
COMMENT ON COLUMN lane.server IS 'Name of the process';
COMMENT ON COLUMN lane.genesis IS 'SHA-256 over the lane''s anchors: where its own chain starts';
COMMENT ON COLUMN lane.started_at IS 'For people only';

CREATE TABLE batch (
    lane_id       BIGINT      NOT NULL,
    batch_no      BIGINT      NOT NULL,
    item_count    INTEGER     NOT NULL,
    digest        BYTEA       NOT NULL,
    business_date DATE        NOT NULL DEFAULT current_business_date(),
    recorded_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT batch_pk PRIMARY KEY (lane_id, batch_no),
    CONSTRAINT batch_lane_fk FOREIGN KEY (lane_id) REFERENCES lane (lane_id),
    CONSTRAINT batch_item_count_positive CHECK (item_count > 0),
    CONSTRAINT batch_digest_is_sha256 CHECK (octet_length(digest) = 32)
);
COMMENT ON TABLE batch IS 'One committed batch: a link of its lane''s hash chain';
COMMENT ON COLUMN batch.lane_id IS 'The lane';
COMMENT ON COLUMN batch.batch_no IS 'From 1, without gaps';
COMMENT ON COLUMN batch.item_count IS 'Decisions in the batch';
COMMENT ON COLUMN batch.digest IS 'SHA-256 over the previous digest (or genesis) and the canonical bytes of the batch''s decisions and entries';
COMMENT ON COLUMN batch.business_date IS 'The bank''s business date when the batch was posted: limits are counted by it. A decision''s own date is the terminal''s, which may be one that ended';
COMMENT ON COLUMN batch.recorded_at IS 'For people, and to list the latest batches of all lanes; no rule of money reads it';

CREATE TABLE anchor (
    lane_id       BIGINT NOT NULL,
    seen_lane_id  BIGINT NOT NULL,
    seen_batch_no BIGINT NOT NULL,
    seen_digest   BYTEA  NOT NULL,
    CONSTRAINT anchor_pk PRIMARY KEY (lane_id, seen_lane_id),
    CONSTRAINT anchor_lane_fk FOREIGN KEY (lane_id) REFERENCES lane (lane_id)
);
COMMENT ON TABLE anchor IS 'Heads of other lanes that a lane saw at its start and built into its genesis: ties the chains together, so that no lane can vanish or lose its end unseen';
COMMENT ON COLUMN anchor.lane_id IS 'The lane that started';
COMMENT ON COLUMN anchor.seen_lane_id IS 'A lane whose head no earlier anchor names';
COMMENT ON COLUMN anchor.seen_batch_no IS 'Its last batch at that time';
COMMENT ON COLUMN anchor.seen_digest IS 'That batch''s digest';
CREATE INDEX anchor_by_seen ON anchor (seen_lane_id, seen_batch_no);
COMMENT ON INDEX anchor_by_seen IS 'lane start: which heads are anchored already';

CREATE TABLE decision (
    txid            UUID     NOT NULL,
    phase           SMALLINT NOT NULL,
    operation       SMALLINT NOT NULL,
    acquirer        INTEGER  NOT NULL,
    terminal_id     INTEGER  NOT NULL,
    business_date   DATE     NOT NULL,
    stan            INTEGER,
    amount_minor    BIGINT   NOT NULL,
    kept_minor      BIGINT   NOT NULL DEFAULT 0,
    card_id         BIGINT,
    account_id      BIGINT,
    to_account_id   BIGINT,
    ledger_minor    BIGINT,
    available_minor BIGINT,
    entry_no        BIGINT,
    lane_id         BIGINT   NOT NULL,
    batch_no        BIGINT   NOT NULL,
    item_no         INTEGER  NOT NULL,
    rc              CHAR(2)  NOT NULL,
    content_digest  BYTEA    NOT NULL,
    detail          TEXT,
    CONSTRAINT decision_pk PRIMARY KEY (txid, phase),
    CONSTRAINT decision_stan_unique UNIQUE (terminal_id, business_date, stan, acquirer),
    CONSTRAINT decision_phase_known CHECK (phase BETWEEN 0 AND 3),
    CONSTRAINT decision_amount_not_negative CHECK (amount_minor >= 0),
    CONSTRAINT decision_kept_within_amount CHECK (kept_minor BETWEEN 0 AND amount_minor)
);
COMMENT ON TABLE decision IS 'Everything this bank decided, declines included: at once the stored answer of a request and the header of its posting. Append-only';
COMMENT ON COLUMN decision.txid IS 'The client''s UUID of the operation';
COMMENT ON COLUMN decision.phase IS '0 request, 1 confirmation, 2 reversal, 3 suspected dispense (confirmation or reversal follows)';
COMMENT ON COLUMN decision.operation IS 'See table operation';
COMMENT ON COLUMN decision.acquirer IS 'Bank code of the terminal''s bank';
COMMENT ON COLUMN decision.terminal_id IS 'ISO 8583 DE 41; 0: at the counter (bankctl)';
COMMENT ON COLUMN decision.business_date IS 'Of the request';
COMMENT ON COLUMN decision.stan IS 'ISO 8583 DE 11; NULL at the counter';
COMMENT ON COLUMN decision.amount_minor IS 'Requested amount';
COMMENT ON COLUMN decision.kept_minor IS 'Reversal: the part that is not reversed (cash that left)';
COMMENT ON COLUMN decision.card_id IS 'Card, where one was used';
COMMENT ON COLUMN decision.account_id IS 'Account of the request: debited by withdrawal and transfer, credited by deposit';
COMMENT ON COLUMN decision.to_account_id IS 'Transfer: credited account';
COMMENT ON COLUMN decision.ledger_minor IS 'Part of the answer: the customer''s ledger balance after, customer''s view (credit positive)';
COMMENT ON COLUMN decision.available_minor IS 'Part of the answer: available balance after';
COMMENT ON COLUMN decision.entry_no IS 'Part of the answer: number of the customer''s entry';
COMMENT ON COLUMN decision.lane_id IS 'Lane and batch that committed it: the hash chain';
COMMENT ON COLUMN decision.batch_no IS 'See lane_id';
COMMENT ON COLUMN decision.item_no IS 'Position in the batch, from 0';
COMMENT ON COLUMN decision.rc IS 'Response code of the answer';
COMMENT ON COLUMN decision.content_digest IS 'SHA-256 of what was asked: a repeat with the same gets the stored answer, with another 94';
COMMENT ON COLUMN decision.detail IS 'JSON: what else the stored answer needs (never PIN, PAN or key)';
CREATE INDEX decision_by_batch ON decision (lane_id, batch_no, item_no);
COMMENT ON INDEX decision_by_batch IS 'bankctl audit: walks the hash chain';

CREATE TABLE entry (
    account_id    BIGINT   NOT NULL,
    entry_no      BIGINT   NOT NULL,
    amount_minor  BIGINT   NOT NULL,
    balance_minor BIGINT   NOT NULL,
    txid          UUID     NOT NULL,
    phase         SMALLINT NOT NULL,
    CONSTRAINT entry_pk PRIMARY KEY (account_id, entry_no),
    CONSTRAINT entry_amount_not_zero CHECK (amount_minor <> 0),
    CONSTRAINT entry_no_positive CHECK (entry_no > 0)
);
COMMENT ON TABLE entry IS 'Legs of postings. Append-only; (txid, phase) is a decision with rc 00';
COMMENT ON COLUMN entry.account_id IS 'Account';
COMMENT ON COLUMN entry.entry_no IS 'From 1, without gaps, per account';
COMMENT ON COLUMN entry.amount_minor IS 'Debit positive, credit negative';
COMMENT ON COLUMN entry.balance_minor IS 'Balance of the account after this entry';
COMMENT ON COLUMN entry.txid IS 'The decision it belongs to';
COMMENT ON COLUMN entry.phase IS 'The decision it belongs to';
