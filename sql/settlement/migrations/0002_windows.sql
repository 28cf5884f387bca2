-- 0002: windows: what banks submitted, what was settled, the signed results.
SET LOCAL search_path = agent, pg_temp;

CREATE TABLE settlement_window (
    window_no   INTEGER     NOT NULL,
    state       TEXT        NOT NULL DEFAULT 'OPEN',
    model       TEXT,
    opened_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    closed_at   TIMESTAMPTZ,
    pending_at  TIMESTAMPTZ,
    attempts    INTEGER     NOT NULL DEFAULT 0,
    next_try_at TIMESTAMPTZ,
    reason      TEXT,
    final_at    TIMESTAMPTZ,
    CONSTRAINT settlement_window_pk PRIMARY KEY (window_no),
    CONSTRAINT settlement_window_number_in_range CHECK (window_no BETWEEN 1 AND 99999999),
    CONSTRAINT settlement_window_state_known CHECK
        (state IN ('OPEN', 'CLOSED', 'PENDING_SETTLEMENT', 'SETTLED', 'FAILED')),
    CONSTRAINT settlement_window_model_known CHECK
        (model IN ('multilateral', 'bilateral', 'gross')),
    CONSTRAINT settlement_window_closed_iff_not_open CHECK
        ((state = 'OPEN') = (closed_at IS NULL) AND (state = 'OPEN') = (model IS NULL)),
    CONSTRAINT settlement_window_pending_before_final CHECK
        (state IN ('OPEN', 'CLOSED') = (pending_at IS NULL)),
    CONSTRAINT settlement_window_final_is_dated CHECK
        ((state IN ('SETTLED', 'FAILED')) = (final_at IS NOT NULL))
);
COMMENT ON TABLE settlement_window IS 'Settlement windows and how far each has come';
COMMENT ON COLUMN settlement_window.window_no IS 'Number, the same in the whole network';
COMMENT ON COLUMN settlement_window.state IS 'OPEN; CLOSED: cut over, positions are awaited; PENDING_SETTLEMENT: all are here and agree; SETTLED; FAILED: nobody was left to settle with';
COMMENT ON COLUMN settlement_window.model IS 'How it settles: what the agent''s model was at cut-over';
COMMENT ON COLUMN settlement_window.opened_at IS 'For people';
COMMENT ON COLUMN settlement_window.closed_at IS 'Cut-over; for people';
COMMENT ON COLUMN settlement_window.pending_at IS 'When the last positions had come; for people';
COMMENT ON COLUMN settlement_window.attempts IS 'How often settlement found too little money';
COMMENT ON COLUMN settlement_window.next_try_at IS 'When it is tried again; none: at once. Pace only';
COMMENT ON COLUMN settlement_window.reason IS 'What it waits for, in words';
COMMENT ON COLUMN settlement_window.final_at IS 'When it was settled, as the signed results say';

CREATE FUNCTION keep_window_order() RETURNS TRIGGER LANGUAGE plpgsql
    SET search_path = agent, pg_temp AS $$
BEGIN
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN
       (('OPEN', 'CLOSED'), ('CLOSED', 'PENDING_SETTLEMENT'), ('PENDING_SETTLEMENT', 'SETTLED'),
        ('PENDING_SETTLEMENT', 'FAILED'))
       OR OLD.state IN ('SETTLED', 'FAILED') THEN
        RAISE check_violation
            USING MESSAGE = format('window %s cannot go from %s to %s', OLD.window_no, OLD.state, NEW.state);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION keep_window_order() IS 'Windows go forward only, and what is final stays as it is';
CREATE TRIGGER settlement_window_goes_forward BEFORE UPDATE ON settlement_window
    FOR EACH ROW EXECUTE FUNCTION keep_window_order();
COMMENT ON TRIGGER settlement_window_goes_forward ON settlement_window IS 'see keep_window_order()';

ALTER TABLE transfer ADD CONSTRAINT transfer_window_fk
    FOREIGN KEY (window_no) REFERENCES settlement_window (window_no);

CREATE TABLE submission (
    window_no   INTEGER     NOT NULL,
    bank_code   INTEGER     NOT NULL,
    revision    INTEGER     NOT NULL,
    net_minor   BIGINT      NOT NULL,
    statement   TEXT        NOT NULL,
    certificate TEXT        NOT NULL,
    received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT submission_pk PRIMARY KEY (window_no, bank_code, revision),
    CONSTRAINT submission_window_fk FOREIGN KEY (window_no)
        REFERENCES settlement_window (window_no),
    CONSTRAINT submission_participant_fk FOREIGN KEY (bank_code) REFERENCES participant (bank_code),
    CONSTRAINT submission_revision_positive CHECK (revision > 0)
);
COMMENT ON TABLE submission IS 'Positions as banks signed them, every revision: evidence. The highest revision of a bank counts. Append-only';
COMMENT ON COLUMN submission.window_no IS 'The window';
COMMENT ON COLUMN submission.bank_code IS 'Who signed';
COMMENT ON COLUMN submission.revision IS 'The bank''s own count, from 1';
COMMENT ON COLUMN submission.net_minor IS 'Net of its positions; positive: the others owe it';
COMMENT ON COLUMN submission.statement IS 'The signed positions (JWS)';
COMMENT ON COLUMN submission.certificate IS 'The bank''s certificate, PEM';
COMMENT ON COLUMN submission.received_at IS 'For people';

CREATE TABLE position (
    window_no    INTEGER NOT NULL,
    bank_code    INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    peer_code    INTEGER NOT NULL,
    debit_count  BIGINT  NOT NULL,
    debit_minor  BIGINT  NOT NULL,
    credit_count BIGINT  NOT NULL,
    credit_minor BIGINT  NOT NULL,
    breaks       BIGINT  NOT NULL,
    CONSTRAINT position_pk PRIMARY KEY (window_no, bank_code, revision, peer_code),
    CONSTRAINT position_submission_fk FOREIGN KEY (window_no, bank_code, revision)
        REFERENCES submission (window_no, bank_code, revision),
    CONSTRAINT position_not_about_itself CHECK (peer_code <> bank_code),
    CONSTRAINT position_not_negative CHECK
        (debit_count >= 0 AND debit_minor >= 0 AND credit_count >= 0 AND credit_minor >= 0
         AND breaks >= 0)
);
COMMENT ON TABLE position IS 'What a submission says of each peer, for queries; the signed text is what counts. Append-only';
COMMENT ON COLUMN position.window_no IS 'The window';
COMMENT ON COLUMN position.bank_code IS 'Whose view this is';
COMMENT ON COLUMN position.revision IS 'Of the submission';
COMMENT ON COLUMN position.peer_code IS 'About whom';
COMMENT ON COLUMN position.debit_count IS 'Items that the peer owes';
COMMENT ON COLUMN position.debit_minor IS 'Their sum';
COMMENT ON COLUMN position.credit_count IS 'Items that the bank owes';
COMMENT ON COLUMN position.credit_minor IS 'Their sum, positive';
COMMENT ON COLUMN position.breaks IS 'How many items the two banks left out, as they do not agree on them';

CREATE VIEW current_position AS
    SELECT position.* FROM position
    JOIN (SELECT window_no, bank_code, max(revision) AS revision
          FROM submission GROUP BY window_no, bank_code) AS latest
        USING (window_no, bank_code, revision);
COMMENT ON VIEW current_position IS 'Positions of each bank''s highest revision';

CREATE VIEW pair_claim AS
    SELECT settlement_window.window_no, one.bank_code, other.bank_code AS peer_code, one.currency,
           CASE WHEN chosen.own THEN own.debit_minor ELSE coalesce(peers.credit_minor, 0) END
               AS debit_minor,
           CASE WHEN chosen.own THEN own.credit_minor ELSE coalesce(peers.debit_minor, 0) END
               AS credit_minor
    FROM settlement_window
    JOIN participant AS one ON one.first_window_no <= settlement_window.window_no
    JOIN participant AS other ON other.first_window_no <= settlement_window.window_no
         AND other.currency = one.currency AND other.bank_code <> one.bank_code
    LEFT JOIN current_position AS own ON own.window_no = settlement_window.window_no
         AND own.bank_code = one.bank_code AND own.peer_code = other.bank_code
    LEFT JOIN current_position AS peers ON peers.window_no = settlement_window.window_no
         AND peers.bank_code = other.bank_code AND peers.peer_code = one.bank_code
    CROSS JOIN LATERAL (SELECT own.bank_code IS NOT NULL AND (
        peers.bank_code IS NULL OR CASE
            WHEN (one.status = 'DEFAULTED') = (other.status = 'DEFAULTED')
                THEN one.bank_code < other.bank_code
            ELSE other.status = 'DEFAULTED' END) AS own) AS chosen;
COMMENT ON VIEW pair_claim IS 'What two participants owe each other in a window, from the view of the first: by the statement of the one that has not defaulted, or of the lower code; the two are alike in what settles';

CREATE TABLE instruction (
    window_no      INTEGER NOT NULL,
    instruction_no INTEGER NOT NULL,
    payer          INTEGER NOT NULL,
    payee          INTEGER NOT NULL,
    amount_minor   BIGINT  NOT NULL,
    currency       CHAR(3) NOT NULL,
    state          TEXT    NOT NULL DEFAULT 'QUEUED',
    step_no        INTEGER,
    CONSTRAINT instruction_pk PRIMARY KEY (window_no, instruction_no),
    CONSTRAINT instruction_window_fk FOREIGN KEY (window_no)
        REFERENCES settlement_window (window_no),
    CONSTRAINT instruction_payer_fk FOREIGN KEY (payer) REFERENCES participant (bank_code),
    CONSTRAINT instruction_payee_fk FOREIGN KEY (payee) REFERENCES participant (bank_code),
    CONSTRAINT instruction_once_per_direction UNIQUE (window_no, payer, payee),
    CONSTRAINT instruction_between_two CHECK (payer <> payee),
    CONSTRAINT instruction_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT instruction_state_known CHECK (state IN ('QUEUED', 'SETTLED', 'EXCLUDED')),
    CONSTRAINT instruction_step_iff_settled CHECK ((state = 'SETTLED') = (step_no IS NOT NULL)),
    CONSTRAINT instruction_transfer_fk FOREIGN KEY (window_no, step_no)
        REFERENCES transfer (window_no, step_no)
);
COMMENT ON TABLE instruction IS 'The queue of the gross model: what each bank owes each other in a window, to be paid one by one';
COMMENT ON COLUMN instruction.window_no IS 'The window';
COMMENT ON COLUMN instruction.instruction_no IS 'Place in the queue, from 1';
COMMENT ON COLUMN instruction.payer IS 'Who pays';
COMMENT ON COLUMN instruction.payee IS 'Who is paid';
COMMENT ON COLUMN instruction.amount_minor IS 'How much';
COMMENT ON COLUMN instruction.currency IS 'ISO 4217 code';
COMMENT ON COLUMN instruction.state IS 'QUEUED; SETTLED; EXCLUDED: taken out because one of the two defaulted';
COMMENT ON COLUMN instruction.step_no IS 'Step of the settlement that paid it, alone or in an offset group';

CREATE FUNCTION keep_instruction_final() RETURNS TRIGGER LANGUAGE plpgsql
    SET search_path = agent, pg_temp AS $$
BEGIN
    IF OLD.state <> 'QUEUED' THEN
        RAISE check_violation USING MESSAGE =
            format('instruction %s of window %s is final', OLD.instruction_no, OLD.window_no);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION keep_instruction_final() IS 'A paid or excluded instruction stays so';
CREATE TRIGGER instruction_stays_final BEFORE UPDATE ON instruction
    FOR EACH ROW EXECUTE FUNCTION keep_instruction_final();
COMMENT ON TRIGGER instruction_stays_final ON instruction IS 'see keep_instruction_final()';

CREATE TABLE settlement (
    window_no              INTEGER NOT NULL,
    bank_code              INTEGER NOT NULL,
    net_minor              BIGINT  NOT NULL,
    debit_minor            BIGINT  NOT NULL,
    credit_minor           BIGINT  NOT NULL,
    prefunding_drawn_minor BIGINT  NOT NULL,
    shortfall_minor        BIGINT  NOT NULL,
    status                 TEXT    NOT NULL,
    cap_minor              BIGINT  NOT NULL,
    reserve_minor          BIGINT  NOT NULL,
    prefunding_minor       BIGINT  NOT NULL,
    finality               TEXT    NOT NULL,
    certificate            TEXT    NOT NULL,
    CONSTRAINT settlement_pk PRIMARY KEY (window_no, bank_code),
    CONSTRAINT settlement_window_fk FOREIGN KEY (window_no)
        REFERENCES settlement_window (window_no),
    CONSTRAINT settlement_participant_fk FOREIGN KEY (bank_code) REFERENCES participant (bank_code),
    CONSTRAINT settlement_net_is_credits_less_debits CHECK (net_minor = credit_minor - debit_minor),
    CONSTRAINT settlement_not_negative CHECK
        (debit_minor >= 0 AND credit_minor >= 0 AND prefunding_drawn_minor >= 0
         AND prefunding_drawn_minor <= debit_minor AND shortfall_minor >= 0)
);
COMMENT ON TABLE settlement IS 'What a final window was for each participant, with the text it was told. Append-only';
COMMENT ON COLUMN settlement.window_no IS 'The window';
COMMENT ON COLUMN settlement.bank_code IS 'The participant';
COMMENT ON COLUMN settlement.net_minor IS 'What its accounts changed by; positive: credited';
COMMENT ON COLUMN settlement.debit_minor IS 'Sum of its debits: the liquidity that it used';
COMMENT ON COLUMN settlement.credit_minor IS 'Sum of its credits';
COMMENT ON COLUMN settlement.prefunding_drawn_minor IS 'Of the debits, taken from prefunding; the rest came from the reserve';
COMMENT ON COLUMN settlement.shortfall_minor IS 'What it lacked beyond that; then it defaulted';
COMMENT ON COLUMN settlement.status IS 'Of the participant, afterwards';
COMMENT ON COLUMN settlement.cap_minor IS 'Its net debit cap, afterwards';
COMMENT ON COLUMN settlement.reserve_minor IS 'Its reserve, afterwards';
COMMENT ON COLUMN settlement.prefunding_minor IS 'Its prefunding, afterwards';
COMMENT ON COLUMN settlement.finality IS 'The signed result (JWS) that it is given, the same for ever';
COMMENT ON COLUMN settlement.certificate IS 'The agent''s certificate, PEM, that it was signed with';

CREATE TABLE settlement_pair (
    window_no     INTEGER NOT NULL,
    bank_code     INTEGER NOT NULL,
    peer_code     INTEGER NOT NULL,
    net_minor     BIGINT  NOT NULL,
    settled_minor BIGINT  NOT NULL,
    settled       BOOLEAN NOT NULL,
    CONSTRAINT settlement_pair_pk PRIMARY KEY (window_no, bank_code, peer_code),
    CONSTRAINT settlement_pair_window_fk FOREIGN KEY (window_no)
        REFERENCES settlement_window (window_no),
    CONSTRAINT settlement_pair_participant_fk FOREIGN KEY (bank_code)
        REFERENCES participant (bank_code),
    CONSTRAINT settlement_pair_peer_fk FOREIGN KEY (peer_code) REFERENCES participant (bank_code),
    CONSTRAINT settlement_pair_of_two CHECK (bank_code <> peer_code),
    CONSTRAINT settlement_pair_settled_in_full CHECK (NOT settled OR settled_minor = net_minor)
);
COMMENT ON TABLE settlement_pair IS 'What a final window was between two participants, from the view of each. Append-only';
COMMENT ON COLUMN settlement_pair.window_no IS 'The window';
COMMENT ON COLUMN settlement_pair.bank_code IS 'Whose view this is';
COMMENT ON COLUMN settlement_pair.peer_code IS 'The other one';
COMMENT ON COLUMN settlement_pair.net_minor IS 'What their positions say; positive: the peer owed';
COMMENT ON COLUMN settlement_pair.settled_minor IS 'What of it was settled; all, nothing, or, gross, one direction only';
COMMENT ON COLUMN settlement_pair.settled IS 'False: excluded, the rest is still owed';

CREATE TABLE settlement_total (
    window_no       INTEGER NOT NULL,
    currency        CHAR(3) NOT NULL,
    gross_minor     BIGINT  NOT NULL,
    settled_minor   BIGINT  NOT NULL,
    excluded_minor  BIGINT  NOT NULL,
    liquidity_minor BIGINT  NOT NULL,
    efficiency_bp   INTEGER NOT NULL,
    CONSTRAINT settlement_total_pk PRIMARY KEY (window_no, currency),
    CONSTRAINT settlement_total_window_fk FOREIGN KEY (window_no)
        REFERENCES settlement_window (window_no),
    CONSTRAINT settlement_total_adds_up CHECK (gross_minor = settled_minor + excluded_minor),
    CONSTRAINT settlement_total_efficiency_in_range CHECK (efficiency_bp BETWEEN 0 AND 10000)
);
COMMENT ON TABLE settlement_total IS 'What a final window was in all, per currency. Append-only';
COMMENT ON COLUMN settlement_total.window_no IS 'The window';
COMMENT ON COLUMN settlement_total.currency IS 'ISO 4217 code';
COMMENT ON COLUMN settlement_total.gross_minor IS 'Everything that banks owed each other';
COMMENT ON COLUMN settlement_total.settled_minor IS 'Of that, settled';
COMMENT ON COLUMN settlement_total.excluded_minor IS 'Of that, not settled: still owed';
COMMENT ON COLUMN settlement_total.liquidity_minor IS 'Sum of all debits: money that it took';
COMMENT ON COLUMN settlement_total.efficiency_bp IS 'Netting efficiency, 1 - liquidity / settled, in basis points, rounded down';

CREATE TABLE cap_violation (
    window_no   INTEGER NOT NULL,
    bank_code   INTEGER NOT NULL,
    debit_minor BIGINT  NOT NULL,
    cap_minor   BIGINT  NOT NULL,
    CONSTRAINT cap_violation_pk PRIMARY KEY (window_no, bank_code),
    CONSTRAINT cap_violation_window_fk FOREIGN KEY (window_no)
        REFERENCES settlement_window (window_no),
    CONSTRAINT cap_violation_participant_fk FOREIGN KEY (bank_code)
        REFERENCES participant (bank_code),
    CONSTRAINT cap_violation_is_beyond CHECK (debit_minor > cap_minor)
);
COMMENT ON TABLE cap_violation IS 'Net debits beyond the cap, found when all positions had come and caps were on. Append-only';
COMMENT ON COLUMN cap_violation.window_no IS 'The window';
COMMENT ON COLUMN cap_violation.bank_code IS 'Who owed more than it might';
COMMENT ON COLUMN cap_violation.debit_minor IS 'Net of what it owed all others';
COMMENT ON COLUMN cap_violation.cap_minor IS 'Its cap then';

-- Ends the open window and begins the next. due: the time of the schedule that is acted upon; NULL: an
-- operator says so. Returns the number of the new open window, NULL when somebody else was first.
CREATE FUNCTION cut_over(expected_window_no INTEGER, due TIMESTAMPTZ)
    RETURNS INTEGER LANGUAGE plpgsql SET search_path = agent, pg_temp AS $$
DECLARE
    held agent%ROWTYPE;
BEGIN
    SELECT * INTO held FROM agent FOR UPDATE;
    IF held.window_no <> coalesce(expected_window_no, held.window_no) OR due <= held.scheduled_at THEN
        RETURN NULL;
    END IF;
    UPDATE settlement_window SET state = 'CLOSED', closed_at = clock_timestamp(), model = held.model
    WHERE window_no = held.window_no;
    UPDATE agent SET window_no = window_no + 1, standing_no = standing_no + 1,
                     scheduled_at = coalesce(due, scheduled_at);
    INSERT INTO settlement_window (window_no) VALUES (held.window_no + 1);
    RETURN held.window_no + 1;
END
$$;
COMMENT ON FUNCTION cut_over(INTEGER, TIMESTAMPTZ) IS 'Ends the open window and begins the next';
