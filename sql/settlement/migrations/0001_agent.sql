-- 0001: the settlement agent's books: itself, participants, accounts, transfers, entries.
--
-- One database per agent; everything lives in schema agent. Money is BIGINT minor units. What a
-- participant has at the agent is a positive balance: credits are positive, debits negative. The
-- entries of a transfer add up to zero per currency, so all accounts of a currency always do.

CREATE SCHEMA agent;
COMMENT ON SCHEMA agent IS 'Books of the settlement agent of a Tellerwire network';
SET LOCAL search_path = agent, pg_temp;

CREATE TABLE migration (
    migration_no INTEGER     NOT NULL,
    name         TEXT        NOT NULL,
    checksum     BYTEA       NOT NULL,
    applied_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT migration_pk PRIMARY KEY (migration_no),
    CONSTRAINT migration_checksum_is_sha256 CHECK (octet_length(checksum) = 32)
);
COMMENT ON TABLE migration IS 'Migrations applied to this database, written by settlectl migrate in the transaction of each';
COMMENT ON COLUMN migration.migration_no IS 'Number its file name begins with';
COMMENT ON COLUMN migration.name IS 'Its file name without .sql';
COMMENT ON COLUMN migration.checksum IS 'SHA-256 of its text: an edited migration is refused';
COMMENT ON COLUMN migration.applied_at IS 'For people only';

CREATE TABLE agent (
    name             TEXT        NOT NULL,
    window_no        INTEGER     NOT NULL,
    model            TEXT        NOT NULL DEFAULT 'multilateral',
    caps             BOOLEAN     NOT NULL DEFAULT false,
    cut_over_times   TEXT        NOT NULL DEFAULT '',
    cut_over_every_s INTEGER     NOT NULL DEFAULT 0,
    scheduled_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    standing_no      BIGINT      NOT NULL DEFAULT 0,
    CONSTRAINT agent_pk PRIMARY KEY (name),
    CONSTRAINT agent_window_no_in_range CHECK (window_no BETWEEN 1 AND 99999999),
    CONSTRAINT agent_model_known CHECK (model IN ('multilateral', 'bilateral', 'gross')),
    CONSTRAINT agent_cut_over_times_are_times CHECK
        (cut_over_times ~ '^(([01][0-9]|2[0-3]):[0-5][0-9](,([01][0-9]|2[0-3]):[0-5][0-9])*)?$'),
    CONSTRAINT agent_cut_over_every_s_in_range CHECK (cut_over_every_s BETWEEN 0 AND 604800),
    CONSTRAINT agent_has_one_schedule CHECK (cut_over_times = '' OR cut_over_every_s = 0)
);
CREATE UNIQUE INDEX agent_has_one_row ON agent ((true));
COMMENT ON TABLE agent IS 'The agent itself; exactly one row. Whoever decides anything locks it FOR UPDATE first, which puts all decisions of all agent processes in one order';
COMMENT ON COLUMN agent.name IS 'Name for people';
COMMENT ON COLUMN agent.window_no IS 'Open settlement window of the network';
COMMENT ON COLUMN agent.model IS 'How windows settle that close from now on: multilateral or bilateral deferred net, or gross';
COMMENT ON COLUMN agent.caps IS 'A net debit beyond the participant''s cap is recorded as a violation; nothing is undone because of it';
COMMENT ON COLUMN agent.cut_over_times IS 'When the network is cut over, UTC, as in 06:00,14:00,22:00; empty: not by time of day';
COMMENT ON COLUMN agent.cut_over_every_s IS 'Cut over at every multiple of so many seconds since 1970-01-01; 0: not so';
COMMENT ON COLUMN agent.scheduled_at IS 'Latest time of the schedule that was acted upon, or when the schedule was set: a time is done once, by whichever process, whatever clocks do';
COMMENT ON COLUMN agent.standing_no IS 'Raised at every cut-over and when a participant comes or its status changes: closed windows may then wait for nobody any more';

CREATE TABLE participant (
    bank_code       INTEGER     NOT NULL,
    name            TEXT        NOT NULL,
    currency        CHAR(3)     NOT NULL,
    status          TEXT        NOT NULL DEFAULT 'ACTIVE',
    cap_minor       BIGINT      NOT NULL DEFAULT 0,
    first_window_no INTEGER     NOT NULL,
    added_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT participant_pk PRIMARY KEY (bank_code),
    CONSTRAINT participant_code_is_eight_digits CHECK (bank_code BETWEEN 90000000 AND 99999999),
    CONSTRAINT participant_name_not_blank CHECK (length(btrim(name)) > 0),
    CONSTRAINT participant_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT participant_status_known CHECK (status IN ('ACTIVE', 'SUSPENDED', 'DEFAULTED')),
    CONSTRAINT participant_cap_not_negative CHECK (cap_minor >= 0)
);
COMMENT ON TABLE participant IS 'Banks that settle here';
COMMENT ON COLUMN participant.bank_code IS 'Eight digits, as in the bank''s certificate';
COMMENT ON COLUMN participant.name IS 'Name for people';
COMMENT ON COLUMN participant.currency IS 'ISO 4217 code of its accounts and positions';
COMMENT ON COLUMN participant.status IS 'ACTIVE; SUSPENDED: its prefunding was drawn, or an operator says so; DEFAULTED: could not pay, taken out of settlement';
COMMENT ON COLUMN participant.cap_minor IS 'Net debit cap: most that it may owe all others together';
COMMENT ON COLUMN participant.first_window_no IS 'Windows before this one do not wait for it';
COMMENT ON COLUMN participant.added_at IS 'For people';

CREATE FUNCTION note_standing() RETURNS TRIGGER LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = agent, pg_temp AS $$
BEGIN
    UPDATE agent SET standing_no = standing_no + 1;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_standing() IS 'Raises agent.standing_no';
CREATE TRIGGER participant_standing_is_noted AFTER INSERT OR UPDATE OF status ON participant
    FOR EACH STATEMENT EXECUTE FUNCTION note_standing();
COMMENT ON TRIGGER participant_standing_is_noted ON participant IS 'see note_standing()';

CREATE TABLE account (
    account_id    TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    bank_code     INTEGER,
    currency      CHAR(3) NOT NULL,
    balance_minor BIGINT  NOT NULL DEFAULT 0,
    entry_no      BIGINT  NOT NULL DEFAULT 0,
    CONSTRAINT account_pk PRIMARY KEY (account_id),
    CONSTRAINT account_participant_fk FOREIGN KEY (bank_code) REFERENCES participant (bank_code),
    CONSTRAINT account_kind_known CHECK (kind IN ('RESERVE', 'PREFUND', 'TECH', 'ISSUE')),
    CONSTRAINT account_id_tells_kind_and_holder CHECK
        (account_id = kind || ':' || coalesce(bank_code::text, currency)),
    CONSTRAINT account_holder_iff_participants CHECK
        ((kind IN ('RESERVE', 'PREFUND')) = (bank_code IS NOT NULL)),
    CONSTRAINT account_not_overdrawn CHECK (kind = 'ISSUE' OR balance_minor >= 0),
    CONSTRAINT account_entry_no_not_negative CHECK (entry_no >= 0)
);
COMMENT ON TABLE account IS 'Accounts and what is in them; changed by post() alone';
COMMENT ON COLUMN account.account_id IS 'KIND:bank code, or KIND:currency for the agent''s own';
COMMENT ON COLUMN account.kind IS 'RESERVE: settlement account of a participant; PREFUND: set aside for what its reserve cannot pay; TECH: passes from debits to credits, empty at the end of every transfer; ISSUE: counterpart of what participants paid in';
COMMENT ON COLUMN account.bank_code IS 'The participant; the agent''s own accounts have none';
COMMENT ON COLUMN account.currency IS 'ISO 4217 code';
COMMENT ON COLUMN account.balance_minor IS 'Sum of its entries, credit positive';
COMMENT ON COLUMN account.entry_no IS 'Number of its last entry; 0: none yet';

CREATE TABLE transfer (
    txid        UUID        NOT NULL,
    kind        TEXT        NOT NULL,
    window_no   INTEGER,
    step_no     INTEGER,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT transfer_pk PRIMARY KEY (txid),
    CONSTRAINT transfer_step_unique UNIQUE (window_no, step_no),
    CONSTRAINT transfer_kind_known CHECK (kind IN ('FUND', 'PREFUND', 'SETTLEMENT')),
    CONSTRAINT transfer_step_iff_settlement CHECK
        ((kind = 'SETTLEMENT') = (window_no IS NOT NULL AND step_no IS NOT NULL)
         AND (window_no IS NULL) = (step_no IS NULL))
);
COMMENT ON TABLE transfer IS 'What moved money: paid in or out by an operator, or a step of a window''s settlement. Append-only';
COMMENT ON COLUMN transfer.txid IS 'Key: the same one again changes nothing';
COMMENT ON COLUMN transfer.kind IS 'FUND: into or out of a reserve; PREFUND: into or out of prefunding; SETTLEMENT';
COMMENT ON COLUMN transfer.window_no IS 'Window that it settles';
COMMENT ON COLUMN transfer.step_no IS 'Its step, from 1: deferred net has one, so that a window can be settled only once';
COMMENT ON COLUMN transfer.recorded_at IS 'For people and statements; order is the entries'' numbers';

CREATE TABLE entry (
    account_id    TEXT   NOT NULL,
    entry_no      BIGINT NOT NULL,
    txid          UUID   NOT NULL,
    amount_minor  BIGINT NOT NULL,
    balance_minor BIGINT NOT NULL,
    CONSTRAINT entry_pk PRIMARY KEY (account_id, entry_no),
    CONSTRAINT entry_account_fk FOREIGN KEY (account_id) REFERENCES account (account_id),
    CONSTRAINT entry_transfer_fk FOREIGN KEY (txid) REFERENCES transfer (txid),
    CONSTRAINT entry_number_positive CHECK (entry_no > 0),
    CONSTRAINT entry_amount_not_zero CHECK (amount_minor <> 0)
);
CREATE INDEX entry_by_transfer ON entry (txid);
COMMENT ON INDEX entry_by_transfer IS 'legs of a transfer';
COMMENT ON TABLE entry IS 'Entries of accounts, append-only';
COMMENT ON COLUMN entry.account_id IS 'The account';
COMMENT ON COLUMN entry.entry_no IS 'Its number within the account, from 1, without gaps';
COMMENT ON COLUMN entry.txid IS 'The transfer it is a leg of';
COMMENT ON COLUMN entry.amount_minor IS 'Credit positive, debit negative';
COMMENT ON COLUMN entry.balance_minor IS 'Balance of the account after it';

CREATE TABLE operator_action (
    action_id        UUID        NOT NULL,
    operator         TEXT        NOT NULL DEFAULT session_user,
    system_user_name TEXT        NOT NULL,
    action           TEXT        NOT NULL,
    subject          TEXT        NOT NULL,
    done_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT operator_action_pk PRIMARY KEY (action_id)
);
COMMENT ON TABLE operator_action IS 'What operators changed with settlectl, append-only';
COMMENT ON COLUMN operator_action.action_id IS 'UUID version 7: sorts by time';
COMMENT ON COLUMN operator_action.operator IS 'Database role';
COMMENT ON COLUMN operator_action.system_user_name IS 'User at the keyboard';
COMMENT ON COLUMN operator_action.action IS 'The command';
COMMENT ON COLUMN operator_action.subject IS 'What it was done to';
COMMENT ON COLUMN operator_action.done_at IS 'For people';

-- The one way that money moves here. Legs are booked in the order given: debits that come first find
-- only what was there before, and an account that would go below zero refuses the whole transfer.
CREATE FUNCTION post(new_txid UUID, new_kind TEXT, new_window_no INTEGER, new_step_no INTEGER,
                     accounts TEXT[], amounts BIGINT[])
    RETURNS BOOLEAN LANGUAGE plpgsql SECURITY DEFINER SET search_path = agent, pg_temp AS $$
DECLARE
    leg INTEGER;
    held account%ROWTYPE;
BEGIN
    IF EXISTS (SELECT FROM transfer WHERE txid = new_txid) THEN
        IF (SELECT array_agg(account_id || ' ' || amount_minor ORDER BY account_id, amount_minor)
            FROM entry WHERE txid = new_txid)
           IS DISTINCT FROM
           (SELECT array_agg(account_id || ' ' || amount_minor ORDER BY account_id, amount_minor)
            FROM unnest(accounts, amounts) AS leg (account_id, amount_minor))
        THEN
            RAISE unique_violation USING MESSAGE = 'this transfer exists with other content';
        END IF;
        RETURN false;
    END IF;
    INSERT INTO transfer (txid, kind, window_no, step_no)
    VALUES (new_txid, new_kind, new_window_no, new_step_no);
    PERFORM FROM account WHERE account_id = ANY (accounts) ORDER BY account_id FOR UPDATE;
    IF EXISTS (SELECT FROM unnest(accounts, amounts) AS leg (account_id, amount_minor)
               LEFT JOIN account USING (account_id)
               GROUP BY currency
               HAVING currency IS NULL OR sum(amount_minor) IS DISTINCT FROM 0)
    THEN
        RAISE check_violation USING MESSAGE = 'a transfer must add up to zero per currency';
    END IF;
    FOR leg IN 1 .. cardinality(accounts) LOOP
        UPDATE account SET balance_minor = balance_minor + amounts[leg], entry_no = entry_no + 1
        WHERE account_id = accounts[leg] RETURNING * INTO held;
        INSERT INTO entry (account_id, entry_no, txid, amount_minor, balance_minor)
        VALUES (held.account_id, held.entry_no, new_txid, amounts[leg], held.balance_minor);
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION post(UUID, TEXT, INTEGER, INTEGER, TEXT[], BIGINT[]) IS 'Books a transfer, its legs in the order given. False: it was booked before, with the same legs';
