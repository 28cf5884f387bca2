-- 0005: other banks: peers, what they may owe, messages for them, the network's directory.
SET LOCAL search_path = bank, pg_temp;

ALTER TABLE bank
    ADD COLUMN window_no        INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN surcharge_minor  BIGINT  NOT NULL DEFAULT 0,
    ADD COLUMN peer_limit_minor BIGINT  NOT NULL DEFAULT 0,
    ADD CONSTRAINT bank_window_no_in_range CHECK (window_no BETWEEN 1 AND 99999999),
    ADD CONSTRAINT bank_surcharge_not_negative CHECK (surcharge_minor >= 0),
    ADD CONSTRAINT bank_peer_limit_not_negative CHECK (peer_limit_minor >= 0);
COMMENT ON COLUMN bank.window_no IS 'Open settlement window. What this bank decides is stamped with it in the deciding transaction, which holds the row FOR SHARE';
COMMENT ON COLUMN bank.surcharge_minor IS 'What a foreign card pays for a withdrawal or transfer at our terminals (ISO 8583 DE 28)';
COMMENT ON COLUMN bank.peer_limit_minor IS 'Bilateral limit that a new peer starts with';

ALTER TABLE iin DROP CONSTRAINT iin_is_eight_digits;
ALTER TABLE iin ALTER COLUMN iin TYPE VARCHAR(8);
ALTER TABLE iin ADD CONSTRAINT iin_is_six_to_eight_digits CHECK (iin ~ '^9[0-9]{5,7}$');
COMMENT ON COLUMN iin.iin IS 'First six to eight digits of the PAN';

INSERT INTO account_kind (kind, code, class, description) VALUES
    (13, 'IB', 'A', 'due from (debit) or due to (credit) one peer bank in one settlement window');
COMMENT ON COLUMN account.account_id IS 'Customers: the ten digits in the IBAN. The bank''s own: 2TTTTTTTT = ATM and 3TTTTTTTT = DispClr of terminal TTTTTTTT; PPPPPPPPWWWWWWWWSS = IB of peer, window, stripe; others KKSSSS, kind and stripe';

INSERT INTO operation (operation, code) VALUES (13, 'incoming_transfer'), (14, 'fee');

ALTER TABLE decision
    DROP CONSTRAINT decision_phase_known,
    ADD COLUMN peer              INTEGER,
    ADD COLUMN window_no         INTEGER,
    ADD COLUMN surcharge_minor   BIGINT,
    ADD COLUMN interchange_minor BIGINT,
    ADD CONSTRAINT decision_phase_known CHECK (phase BETWEEN 0 AND 7);
COMMENT ON COLUMN decision.phase IS '0 request, 1 confirmation, 2 reversal, 3 suspected dispense (confirmation or reversal follows), 4 what a peer finally said about our message (transfer completed or released, reversal acknowledged), 5 incoming transfer, 6 return, 7 fee of a transfer at a foreign terminal';
COMMENT ON COLUMN decision.peer IS 'The other bank, where two take part';
COMMENT ON COLUMN decision.window_no IS 'Settlement window of the interbank item, as the deciding bank stamped it';
COMMENT ON COLUMN decision.surcharge_minor IS 'What the customer pays to the terminal''s bank on top of the amount';
COMMENT ON COLUMN decision.interchange_minor IS 'What the issuer pays to the terminal''s bank';

CREATE TABLE peer (
    peer_code         INTEGER NOT NULL,
    name              TEXT    NOT NULL,
    status            CHAR(1) NOT NULL DEFAULT 'A',
    limit_minor       BIGINT  NOT NULL,
    interchange_minor BIGINT  NOT NULL DEFAULT 0,
    CONSTRAINT peer_pk PRIMARY KEY (peer_code),
    CONSTRAINT peer_code_is_eight_digits CHECK (peer_code BETWEEN 90000000 AND 99999999),
    CONSTRAINT peer_status_known CHECK (status IN ('A', 'S')),
    CONSTRAINT peer_limit_not_negative CHECK (limit_minor >= 0),
    CONSTRAINT peer_interchange_not_negative CHECK (interchange_minor >= 0)
);
COMMENT ON TABLE peer IS 'Other banks of the network, as the directory names them, and what this bank agreed with each';
COMMENT ON COLUMN peer.peer_code IS 'Bank code';
COMMENT ON COLUMN peer.name IS 'Name for people';
COMMENT ON COLUMN peer.status IS 'A active, S suspended: nothing new that can be refused; advices, outcomes and returns still pass';
COMMENT ON COLUMN peer.limit_minor IS 'Bilateral limit: most it may owe this bank over all unsettled windows';
COMMENT ON COLUMN peer.interchange_minor IS 'Fee of the issuer to the terminal''s bank per withdrawal or transfer, the same in both directions and in both books';

CREATE TABLE exposure (
    peer_code   INTEGER  NOT NULL,
    stripe      SMALLINT NOT NULL,
    owed_minor  BIGINT   NOT NULL DEFAULT 0,
    share_minor BIGINT   NOT NULL DEFAULT 0,
    CONSTRAINT exposure_pk PRIMARY KEY (peer_code, stripe),
    CONSTRAINT exposure_peer_fk FOREIGN KEY (peer_code) REFERENCES peer (peer_code),
    CONSTRAINT exposure_stripe_in_range CHECK (stripe BETWEEN 0 AND 7)
) WITH (fillfactor = 50);
COMMENT ON TABLE exposure IS 'What each peer owes, in eight rows so that lanes need not wait for each other. What can be refused keeps owed within share; a lane without room locks all eight and moves shares';
COMMENT ON COLUMN exposure.peer_code IS 'The peer';
COMMENT ON COLUMN exposure.stripe IS 'Stripe of the lane that posts';
COMMENT ON COLUMN exposure.owed_minor IS 'Sum of this stripe''s IB entries that are not settled; negative: this bank owes';
COMMENT ON COLUMN exposure.share_minor IS 'This stripe''s part of the limit; all eight add up to peer.limit_minor';

CREATE TABLE saf (
    peer_code   INTEGER     NOT NULL,
    txid        UUID        NOT NULL,
    phase       SMALLINT    NOT NULL,
    method      TEXT        NOT NULL,
    params      TEXT        NOT NULL,
    attempts    INTEGER     NOT NULL DEFAULT 0,
    stored_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    next_try_at TIMESTAMPTZ NOT NULL DEFAULT now() + interval '5 seconds',
    CONSTRAINT saf_pk PRIMARY KEY (peer_code, txid, phase),
    CONSTRAINT saf_phase_known CHECK (phase BETWEEN 0 AND 7)
) WITH (fillfactor = 70);
COMMENT ON TABLE saf IS 'Store-and-forward: messages for peers, stored in the commit they tell of, gone in the commit that books their acknowledgement';
COMMENT ON COLUMN saf.peer_code IS 'For whom';
COMMENT ON COLUMN saf.txid IS 'The operation';
COMMENT ON COLUMN saf.phase IS 'Of the decision it tells of: 0 transfer sent (its fate is inquired), 2 reversal, 6 return, 7 a transfer whose outcome decides our fee';
COMMENT ON COLUMN saf.method IS 'JSON-RPC method that is repeated until it is answered';
COMMENT ON COLUMN saf.params IS 'Its parameters, JSON; never PIN, PAN, key or session';
COMMENT ON COLUMN saf.attempts IS 'How often it was taken for sending';
COMMENT ON COLUMN saf.stored_at IS 'For people and for its age';
COMMENT ON COLUMN saf.next_try_at IS 'When it is due; only pace depends on it';
CREATE INDEX saf_by_due ON saf (peer_code, next_try_at);
COMMENT ON INDEX saf_by_due IS 'saf_take: what is due for peers that can be reached';

CREATE TABLE directory (
    serial    BIGINT      NOT NULL,
    jws       TEXT        NOT NULL,
    stored_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT directory_pk PRIMARY KEY (serial),
    CONSTRAINT directory_serial_positive CHECK (serial > 0)
);
COMMENT ON TABLE directory IS 'Directories of the network that this bank has had; the highest serial counts. Append-only';
COMMENT ON COLUMN directory.serial IS 'Raised by the network''s root with every change';
COMMENT ON COLUMN directory.jws IS 'The directory as signed by the network''s root (JWS, compact)';
COMMENT ON COLUMN directory.stored_at IS 'For people';

GRANT SELECT ON peer, exposure, saf, directory TO tw_bank, tw_operator, tw_audit;
-- A bank server opens the accounts of a window when the first item needs them, and learns peers.
GRANT INSERT (account_id, opened_on, kind, currency, product) ON account TO tw_bank;
GRANT INSERT (peer_code, name, limit_minor) ON peer TO tw_bank, tw_operator;
GRANT INSERT (peer_code, stripe, share_minor) ON exposure TO tw_bank, tw_operator;
GRANT UPDATE (owed_minor, share_minor) ON exposure TO tw_bank;
GRANT INSERT (serial, jws) ON directory TO tw_bank, tw_operator;
GRANT INSERT (peer_code, txid, phase, method, params, next_try_at), DELETE, UPDATE (attempts, next_try_at) ON saf
    TO tw_bank;
GRANT UPDATE (window_no, surcharge_minor, peer_limit_minor) ON bank TO tw_operator;
GRANT UPDATE (name, status, limit_minor, interchange_minor) ON peer TO tw_operator;
GRANT UPDATE (share_minor) ON exposure TO tw_operator;
GRANT UPDATE (next_try_at) ON saf TO tw_operator;
