-- 0008: clearing and settlement: positions kept as items post, windows, pairs, breaks.
--
-- A position is what the IB accounts of one peer, window and stripe add up to, with counts and a
-- digest of the items, kept by the lane that posts. So a window closes at the cost of its peers, not
-- of its items.
SET LOCAL search_path = bank, pg_temp;

INSERT INTO account_kind (kind, code, class, description) VALUES
    (14, 'SettleCtl', 'L', 'settlement control of one window: agreed with peers, passed on to Settle'),
    (15, 'Breaks', 'X', 'reconciliation breaks that were resolved against this bank''s book');
COMMENT ON COLUMN account.account_id IS 'Customers: the ten digits in the IBAN. The bank''s own: 2TTTTTTTT = ATM and 3TTTTTTTT = DispClr of terminal TTTTTTTT; PPPPPPPPWWWWWWWWSS = IB of peer, window, stripe; 14WWWWWWWWWW = SettleCtl of a window; others KKSSSS, kind and stripe';

INSERT INTO operation (operation, code) VALUES
    (15, 'window_close'), (16, 'settlement'), (17, 'break_correction'), (18, 'reserve');

ALTER TABLE bank ADD COLUMN cut_over_times TEXT NOT NULL DEFAULT '',
    ADD CONSTRAINT bank_cut_over_times_are_times CHECK
        (cut_over_times ~ '^(([01][0-9]|2[0-3]):[0-5][0-9](,([01][0-9]|2[0-3]):[0-5][0-9])*)?$');
COMMENT ON COLUMN bank.cut_over_times IS 'When this bank cuts over by itself, UTC, as in 06:00,14:00,22:00; empty: only when told by an operator or the settlement agent';
ALTER TABLE bank ADD COLUMN cut_over_set_at TIMESTAMPTZ NOT NULL DEFAULT now();
COMMENT ON COLUMN bank.cut_over_set_at IS 'When the times were set: none before is due';

-- What waits to be acknowledged may bring an item of the window in which it was stored, or later.
ALTER TABLE saf ADD COLUMN window_no INTEGER;
UPDATE saf SET window_no = 1; -- nobody knows: any window
ALTER TABLE saf ALTER COLUMN window_no SET NOT NULL;
COMMENT ON COLUMN saf.window_no IS 'Open window when it was stored: its answer brings items of no earlier one';

CREATE TABLE settlement_window (
    window_no     INTEGER     NOT NULL,
    state         TEXT        NOT NULL DEFAULT 'OPEN',
    opened_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    closed_at     TIMESTAMPTZ,
    final_at      TIMESTAMPTZ,
    revision      INTEGER     NOT NULL DEFAULT 0,
    net_minor     BIGINT,
    reason        TEXT,
    finality      TEXT,
    certificate   TEXT,
    CONSTRAINT settlement_window_pk PRIMARY KEY (window_no),
    CONSTRAINT settlement_window_state_known CHECK
        (state IN ('OPEN', 'CLOSED', 'RECONCILING', 'PENDING_SETTLEMENT', 'SETTLED', 'FAILED')),
    CONSTRAINT settlement_window_closed_iff_not_open CHECK ((state = 'OPEN') = (closed_at IS NULL)),
    CONSTRAINT settlement_window_final_has_finality CHECK
        (state NOT IN ('SETTLED', 'FAILED') OR finality IS NOT NULL)
);
COMMENT ON TABLE settlement_window IS 'Settlement windows of this bank and how far each has come. The open one is bank.window_no';
COMMENT ON COLUMN settlement_window.window_no IS 'Number, the same in the whole network';
COMMENT ON COLUMN settlement_window.state IS 'OPEN, CLOSED: cut over; RECONCILING: totals are compared with peers; PENDING_SETTLEMENT: positions submitted to the agent; SETTLED: final and posted; FAILED: the agent could not settle it';
COMMENT ON COLUMN settlement_window.opened_at IS 'Cut-over that opened it: the bank''s own times before it are done with';
COMMENT ON COLUMN settlement_window.closed_at IS 'Cut-over; for pace and people, no money depends on it';
COMMENT ON COLUMN settlement_window.final_at IS 'When SETTLED or FAILED was recorded here; for people';
COMMENT ON COLUMN settlement_window.revision IS 'How often positions were submitted to the agent: raised when a contradiction made this bank reconcile again';
COMMENT ON COLUMN settlement_window.net_minor IS 'Net of all agreed positions as submitted; positive: the others owe this bank';
COMMENT ON COLUMN settlement_window.reason IS 'What it waits for, in words';
COMMENT ON COLUMN settlement_window.finality IS 'The agent''s signed result (JWS), evidence of the settlement';
COMMENT ON COLUMN settlement_window.certificate IS 'The agent''s certificate, PEM, with which the result was signed';

CREATE TABLE position (
    peer_code      INTEGER  NOT NULL,
    window_no      INTEGER  NOT NULL,
    stripe         SMALLINT NOT NULL,
    debit_count    BIGINT   NOT NULL DEFAULT 0,
    debit_minor    BIGINT   NOT NULL DEFAULT 0,
    credit_count   BIGINT   NOT NULL DEFAULT 0,
    credit_minor   BIGINT   NOT NULL DEFAULT 0,
    reversal_count BIGINT   NOT NULL DEFAULT 0,
    reversal_minor BIGINT   NOT NULL DEFAULT 0,
    fee_minor      BIGINT   NOT NULL DEFAULT 0,
    digest         BYTEA    NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    agreed_minor   BIGINT   NOT NULL DEFAULT 0,
    agreed_entry_no BIGINT,
    CONSTRAINT position_pk PRIMARY KEY (peer_code, window_no, stripe),
    CONSTRAINT position_stripe_in_range CHECK (stripe BETWEEN 0 AND 7),
    CONSTRAINT position_digest_is_sha256 CHECK (octet_length(digest) = 32)
) WITH (fillfactor = 50);
COMMENT ON TABLE position IS 'Running totals of the interbank items of one IB account, kept in the batch that posts them';
COMMENT ON COLUMN position.peer_code IS 'The peer';
COMMENT ON COLUMN position.window_no IS 'Settlement window of the items';
COMMENT ON COLUMN position.stripe IS 'Stripe of the IB account';
COMMENT ON COLUMN position.debit_count IS 'Items that the peer owes';
COMMENT ON COLUMN position.debit_minor IS 'Their sum';
COMMENT ON COLUMN position.credit_count IS 'Items that this bank owes';
COMMENT ON COLUMN position.credit_minor IS 'Their sum, positive';
COMMENT ON COLUMN position.reversal_count IS 'Items, of both, that undo another: reversals and returns';
COMMENT ON COLUMN position.reversal_minor IS 'Their sum, each counted positive';
COMMENT ON COLUMN position.fee_minor IS 'Surcharge and interchange inside the items, each counted positive';
COMMENT ON COLUMN position.digest IS 'Sum modulo 2^256 of the items'' digests (clearing/item.h): does not depend on order or stripe';
COMMENT ON COLUMN position.agreed_minor IS 'What was agreed with the peer to be settled of this stripe, debit positive; set when the pair is agreed';
COMMENT ON COLUMN position.agreed_entry_no IS 'Last entry of the IB account that was looked at for that; what came later is not agreed. NULL: nothing is';

CREATE TABLE window_pair (
    window_no       INTEGER     NOT NULL,
    peer_code       INTEGER     NOT NULL,
    state           TEXT        NOT NULL DEFAULT 'WAITING',
    agreed_debit_count  BIGINT  NOT NULL DEFAULT 0,
    agreed_debit_minor  BIGINT  NOT NULL DEFAULT 0,
    agreed_credit_count BIGINT  NOT NULL DEFAULT 0,
    agreed_credit_minor BIGINT  NOT NULL DEFAULT 0,
    reason          TEXT,
    statement       TEXT,
    certificate     TEXT,
    changed_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT window_pair_pk PRIMARY KEY (window_no, peer_code),
    CONSTRAINT window_pair_window_fk FOREIGN KEY (window_no) REFERENCES settlement_window (window_no),
    CONSTRAINT window_pair_peer_fk FOREIGN KEY (peer_code) REFERENCES peer (peer_code),
    CONSTRAINT window_pair_state_known CHECK
        (state IN ('WAITING', 'DRAINING', 'COMPARING', 'AGREED', 'SETTLED', 'EXCLUDED'))
);
COMMENT ON TABLE window_pair IS 'How far a closed window is reconciled with each peer, and what was agreed';
COMMENT ON COLUMN window_pair.window_no IS 'The window';
COMMENT ON COLUMN window_pair.peer_code IS 'The peer';
COMMENT ON COLUMN window_pair.state IS 'WAITING: the peer has not closed it or cannot be reached; DRAINING: totals differ and items may still come; COMPARING: they still differ, item by item; AGREED; SETTLED; EXCLUDED: left out because one of the two defaulted';
COMMENT ON COLUMN window_pair.agreed_debit_count IS 'Agreed items that the peer owes';
COMMENT ON COLUMN window_pair.agreed_debit_minor IS 'Their sum';
COMMENT ON COLUMN window_pair.agreed_credit_count IS 'Agreed items that this bank owes';
COMMENT ON COLUMN window_pair.agreed_credit_minor IS 'Their sum, positive';
COMMENT ON COLUMN window_pair.reason IS 'What it waits for, in words';
COMMENT ON COLUMN window_pair.statement IS 'The peer''s signed totals (JWS) that the agreement rests on';
COMMENT ON COLUMN window_pair.certificate IS 'The peer''s certificate, PEM';
COMMENT ON COLUMN window_pair.changed_at IS 'For pace and people';

CREATE TABLE recon_break (
    break_id        UUID     NOT NULL,
    window_no       INTEGER  NOT NULL,
    peer_code       INTEGER  NOT NULL,
    txid            UUID     NOT NULL,
    class           TEXT     NOT NULL,
    ours_minor      BIGINT   NOT NULL,
    theirs_minor    BIGINT   NOT NULL,
    other_window_no INTEGER,
    opened_on       DATE     NOT NULL,
    opened_at       TIMESTAMPTZ NOT NULL DEFAULT now(),
    owner           TEXT,
    state           TEXT     NOT NULL DEFAULT 'OPEN',
    resolution      TEXT,
    settled_minor   BIGINT,
    next_window_no  INTEGER,
    note            TEXT,
    resolved_at     TIMESTAMPTZ,
    CONSTRAINT recon_break_pk PRIMARY KEY (break_id),
    CONSTRAINT recon_break_pair_fk FOREIGN KEY (window_no, peer_code)
        REFERENCES window_pair (window_no, peer_code),
    CONSTRAINT recon_break_class_known CHECK
        (class IN ('MISSING_HERE', 'MISSING_THERE', 'AMOUNT', 'STATUS', 'WINDOW', 'DUPLICATE')),
    CONSTRAINT recon_break_state_known CHECK (state IN ('OPEN', 'RESOLVED')),
    CONSTRAINT recon_break_resolution_known CHECK (resolution IN ('OURS', 'THEIRS', 'NEITHER')),
    CONSTRAINT recon_break_resolved_is_complete CHECK
        ((state = 'RESOLVED') = (resolution IS NOT NULL AND settled_minor IS NOT NULL
                                 AND next_window_no IS NOT NULL AND resolved_at IS NOT NULL))
);
CREATE INDEX recon_break_by_pair ON recon_break (window_no, peer_code);
COMMENT ON INDEX recon_break_by_pair IS 'breaks of a pair while it is compared and settled';
COMMENT ON TABLE recon_break IS 'Differences between this bank''s book and a peer''s in one window. What is in a break does not settle with its window';
COMMENT ON COLUMN recon_break.break_id IS 'Made from both banks, window, txid and class: the same at both banks';
COMMENT ON COLUMN recon_break.window_no IS 'Window that was compared';
COMMENT ON COLUMN recon_break.peer_code IS 'The peer';
COMMENT ON COLUMN recon_break.txid IS 'Operation whose items differ';
COMMENT ON COLUMN recon_break.class IS 'MISSING_HERE, MISSING_THERE: only the other, only this book has it; AMOUNT: both, with different amounts; STATUS: one book also has its reversal or return; WINDOW: the other has it in another window; DUPLICATE: one book has it more than once';
COMMENT ON COLUMN recon_break.ours_minor IS 'What this book has of it beyond what was agreed, debit positive';
COMMENT ON COLUMN recon_break.theirs_minor IS 'What the peer''s book has, from this bank''s view';
COMMENT ON COLUMN recon_break.other_window_no IS 'WINDOW: where the other book has it';
COMMENT ON COLUMN recon_break.opened_on IS 'Business date it was found';
COMMENT ON COLUMN recon_break.opened_at IS 'For its age';
COMMENT ON COLUMN recon_break.owner IS 'Who looks after it';
COMMENT ON COLUMN recon_break.state IS 'OPEN or RESOLVED';
COMMENT ON COLUMN recon_break.resolution IS 'Whose book was right';
COMMENT ON COLUMN recon_break.settled_minor IS 'What was booked with the peer for it, debit positive';
COMMENT ON COLUMN recon_break.next_window_no IS 'Window in which that was booked';
COMMENT ON COLUMN recon_break.note IS 'The operator''s words';
COMMENT ON COLUMN recon_break.resolved_at IS 'For people';

CREATE TABLE break_entry (
    break_id   UUID   NOT NULL,
    account_id BIGINT NOT NULL,
    entry_no   BIGINT NOT NULL,
    CONSTRAINT break_entry_pk PRIMARY KEY (break_id, account_id, entry_no),
    CONSTRAINT break_entry_break_fk FOREIGN KEY (break_id) REFERENCES recon_break (break_id),
    CONSTRAINT break_entry_entry_fk FOREIGN KEY (account_id, entry_no) REFERENCES entry (account_id, entry_no)
);
COMMENT ON TABLE break_entry IS 'This bank''s entries that are in a break and therefore were not agreed';
COMMENT ON COLUMN break_entry.break_id IS 'The break';
COMMENT ON COLUMN break_entry.account_id IS 'IB account of the entry';
COMMENT ON COLUMN break_entry.entry_no IS 'Its number there';

CREATE VIEW interbank_item AS
SELECT entry.account_id, entry.entry_no,
       (entry.account_id / 10000000000)::integer AS peer_code,
       (entry.account_id / 100 % 100000000)::integer AS window_no,
       (entry.account_id % 100)::smallint AS stripe,
       entry.txid, entry.phase, entry.amount_minor,
       decision.phase IN (2, 6)
           OR decision.phase = 4 AND (decision.operation = 3 AND entry.amount_minor < 0
                                      OR decision.operation = 4 AND entry.amount_minor > 0)
           AS is_reversal,
       coalesce(decision.surcharge_minor, 0) + coalesce(decision.interchange_minor, 0) AS fee_minor
FROM entry
JOIN decision ON decision.txid = entry.txid AND decision.phase = entry.phase
WHERE entry.account_id >= 900000000000000000
  AND decision.operation <> 15
  AND (decision.operation <> 17 OR decision.window_no = entry.account_id / 100 % 100000000);
COMMENT ON VIEW interbank_item IS 'What two banks must have alike, with opposite signs: entries on IB accounts, except what settles a window or takes a break out of it. The rule of engine/tally.c';
COMMENT ON COLUMN interbank_item.account_id IS 'IB account: peer, window, stripe';
COMMENT ON COLUMN interbank_item.entry_no IS 'Number of the entry there';
COMMENT ON COLUMN interbank_item.peer_code IS 'The peer';
COMMENT ON COLUMN interbank_item.window_no IS 'Settlement window';
COMMENT ON COLUMN interbank_item.stripe IS 'Stripe of the account';
COMMENT ON COLUMN interbank_item.txid IS 'The operation';
COMMENT ON COLUMN interbank_item.phase IS 'Of the decision';
COMMENT ON COLUMN interbank_item.amount_minor IS 'Positive: the peer owes it';
COMMENT ON COLUMN interbank_item.is_reversal IS 'Undoes another item: reversals, and the returns of transfers. The acknowledgement of a reversal whose original was not booked here brings both: the one that undoes has the sign of an undoing';
COMMENT ON COLUMN interbank_item.fee_minor IS 'Surcharge and interchange inside the amount, positive';

CREATE FUNCTION add_digits(sums BIGINT[]) RETURNS BYTEA
    LANGUAGE plpgsql IMMUTABLE SET search_path = bank, pg_temp AS $$
DECLARE
    carry BIGINT := 0;
    result BYTEA := '';
BEGIN
    FOR i IN REVERSE 8 .. 1 LOOP
        carry := carry + sums[i];
        result := decode(lpad(to_hex(carry & 4294967295), 8, '0'), 'hex') || result;
        carry := carry >> 32;
    END LOOP;
    RETURN result;
END
$$;
COMMENT ON FUNCTION add_digits(BIGINT[]) IS 'The number of 256 bits whose eight digits of 32 bits, highest first, are these sums';

CREATE VIEW position_of_items AS
SELECT account_id, (account_id / 10000000000)::integer AS peer_code,
       (account_id / 100 % 100000000)::integer AS window_no, (account_id % 100)::smallint AS stripe,
       count(*) FILTER (WHERE amount_minor > 0) AS debit_count,
       coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::bigint AS debit_minor,
       count(*) FILTER (WHERE amount_minor < 0) AS credit_count,
       coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0)::bigint AS credit_minor,
       count(*) FILTER (WHERE is_reversal) AS reversal_count,
       coalesce(sum(abs(amount_minor)) FILTER (WHERE is_reversal), 0)::bigint AS reversal_minor,
       sum(fee_minor)::bigint AS fee_minor,
       add_digits(ARRAY[sum(('x' || substr(hex, 1, 8))::bit(32)::bigint)::bigint,
                        sum(('x' || substr(hex, 9, 8))::bit(32)::bigint)::bigint,
                        sum(('x' || substr(hex, 17, 8))::bit(32)::bigint)::bigint,
                        sum(('x' || substr(hex, 25, 8))::bit(32)::bigint)::bigint,
                        sum(('x' || substr(hex, 33, 8))::bit(32)::bigint)::bigint,
                        sum(('x' || substr(hex, 41, 8))::bit(32)::bigint)::bigint,
                        sum(('x' || substr(hex, 49, 8))::bit(32)::bigint)::bigint,
                        sum(('x' || substr(hex, 57, 8))::bit(32)::bigint)::bigint]) AS digest
FROM (SELECT item.*,
             encode(sha256('tellerwire item 1'::bytea || uuid_send(txid)
                           || int8send(CASE WHEN bank.bank_code < peer_code THEN amount_minor
                                            ELSE -amount_minor END)), 'hex') AS hex
      FROM interbank_item AS item CROSS JOIN bank) AS digested
GROUP BY account_id;
COMMENT ON VIEW position_of_items IS 'What table position must say, added up from all items: for the audit';
COMMENT ON COLUMN position_of_items.account_id IS 'IB account';
COMMENT ON COLUMN position_of_items.peer_code IS 'The peer';
COMMENT ON COLUMN position_of_items.window_no IS 'Settlement window';
COMMENT ON COLUMN position_of_items.stripe IS 'Stripe of the account';
COMMENT ON COLUMN position_of_items.debit_count IS 'Like position.debit_count';
COMMENT ON COLUMN position_of_items.debit_minor IS 'Like position.debit_minor';
COMMENT ON COLUMN position_of_items.credit_count IS 'Like position.credit_count';
COMMENT ON COLUMN position_of_items.credit_minor IS 'Like position.credit_minor';
COMMENT ON COLUMN position_of_items.reversal_count IS 'Like position.reversal_count';
COMMENT ON COLUMN position_of_items.reversal_minor IS 'Like position.reversal_minor';
COMMENT ON COLUMN position_of_items.fee_minor IS 'Like position.fee_minor';
COMMENT ON COLUMN position_of_items.digest IS 'Like position.digest';

-- What an earlier version of this schema has: its windows, and the positions of what is booked.
INSERT INTO settlement_window (window_no, state, closed_at)
SELECT DISTINCT account_id / 100 % 100000000, 'CLOSED', now()
FROM account CROSS JOIN bank
WHERE kind = 13 AND account_id / 100 % 100000000 < bank.window_no;
INSERT INTO settlement_window (window_no) SELECT window_no FROM bank;
INSERT INTO position (peer_code, window_no, stripe)
SELECT account_id / 10000000000, account_id / 100 % 100000000, account_id % 100
FROM account WHERE kind = 13;
UPDATE position p
   SET debit_count = i.debit_count, debit_minor = i.debit_minor, credit_count = i.credit_count,
       credit_minor = i.credit_minor, reversal_count = i.reversal_count,
       reversal_minor = i.reversal_minor, fee_minor = i.fee_minor, digest = i.digest
  FROM position_of_items i
 WHERE i.peer_code = p.peer_code AND i.window_no = p.window_no AND i.stripe = p.stripe;
INSERT INTO account (account_id, opened_on, kind, currency, product)
SELECT 150000, business_date, 15, currency, '0' FROM bank;

CREATE FUNCTION cut_over(expected_window_no INTEGER, at TIMESTAMPTZ) RETURNS INTEGER
    LANGUAGE plpgsql SET search_path = bank, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    opened INTEGER;
BEGIN
    -- Every posting transaction holds this lock, shared (bank_share.sql), from before it reads the
    -- number until its commit. So whatever was stamped with the old number is committed, and what
    -- begins after waits until the new one is: for as long as the batches in flight take. The row
    -- alone is not enough: those who share it never queue behind one who wants it for himself.
    PERFORM pg_advisory_xact_lock(29815);
    UPDATE bank SET window_no = window_no + 1 WHERE window_no = expected_window_no
    RETURNING window_no INTO opened;
    IF opened IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE settlement_window SET state = 'CLOSED', closed_at = at WHERE window_no = expected_window_no;
    INSERT INTO settlement_window (window_no, opened_at) VALUES (opened, at);
    RETURN opened;
EXCEPTION WHEN lock_not_available THEN
    RETURN 0;
END
$$;
COMMENT ON FUNCTION cut_over(INTEGER, TIMESTAMPTZ) IS 'Closes the window given and opens the next, whose number it returns. NULL: it was not the open one any more. 0: batches in flight did not end in time, try again';
REVOKE ALL ON FUNCTION cut_over(INTEGER, TIMESTAMPTZ) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cut_over(INTEGER, TIMESTAMPTZ) TO tw_bank, tw_operator;

GRANT SELECT ON settlement_window, position, window_pair, recon_break, break_entry, interbank_item,
      position_of_items
    TO tw_bank, tw_operator, tw_audit;
GRANT UPDATE (window_no) ON bank TO tw_bank;
GRANT UPDATE (cut_over_times, cut_over_set_at) ON bank TO tw_operator;
GRANT INSERT (window_no, opened_at) ON settlement_window TO tw_bank, tw_operator;
GRANT UPDATE (state, closed_at, final_at, revision, net_minor, reason, finality, certificate) ON settlement_window
    TO tw_bank, tw_operator;
GRANT INSERT (peer_code, window_no, stripe) ON position TO tw_bank;
GRANT UPDATE (debit_count, debit_minor, credit_count, credit_minor, reversal_count, reversal_minor, fee_minor,
              digest, agreed_minor, agreed_entry_no)
    ON position TO tw_bank;
GRANT INSERT (window_no, peer_code, changed_at), UPDATE (state, agreed_debit_count, agreed_debit_minor,
      agreed_credit_count, agreed_credit_minor, reason, statement, certificate, changed_at) ON window_pair TO tw_bank;
GRANT INSERT (break_id, window_no, peer_code, txid, class, ours_minor, theirs_minor, other_window_no, opened_on,
              opened_at), DELETE ON recon_break TO tw_bank;
GRANT INSERT, DELETE ON break_entry TO tw_bank;
GRANT UPDATE (owner, state, resolution, settled_minor, next_window_no, note, resolved_at) ON recon_break
    TO tw_operator, tw_bank;
GRANT INSERT (window_no) ON saf TO tw_bank;
-- What a settled window's caps cut, and whom the agent suspended.
GRANT UPDATE (status, limit_minor) ON peer TO tw_bank;
