-- 0010: reconciliation: one function per step that must happen as a whole or not at all.
--
-- Several bank servers of a bank do the same work at once and none waits for another, so every step
-- looks, under its locks, whether it is still to be done. Order of locks: window, pair, positions.
-- `at` is now by the bank server's clock, which in a simulation is ahead of the database's.
SET LOCAL search_path = bank, pg_temp;

ALTER TABLE window_pair
    ADD COLUMN both_closed_at TIMESTAMPTZ,
    ADD COLUMN compared_until TIMESTAMPTZ;
COMMENT ON COLUMN window_pair.both_closed_at IS 'When this bank first heard that the peer had closed the window, too, or was told to compare again; for pace, by the clock of saf.stored_at: draining is counted from here';
COMMENT ON COLUMN window_pair.compared_until IS 'A bank server compares item by item and is not heard of: others leave it to it until then';
GRANT UPDATE (both_closed_at, compared_until) ON window_pair TO tw_bank;

ALTER TABLE peer ADD COLUMN limit_cut_at TIMESTAMPTZ;
COMMENT ON COLUMN peer.limit_cut_at IS 'When a settlement last lowered the limit, perhaps below what is owed; NULL: never';
GRANT UPDATE (limit_cut_at) ON peer TO tw_bank;

CREATE FUNCTION reconciliation_begin(codes INTEGER[]) RETURNS VOID
    LANGUAGE plpgsql SET search_path = bank, pg_temp AS $$
BEGIN
    UPDATE settlement_window SET state = 'RECONCILING' WHERE state = 'CLOSED';
    INSERT INTO window_pair (window_no, peer_code)
    SELECT window_no, peer_code
    FROM settlement_window CROSS JOIN peer
    WHERE state = 'RECONCILING'
      AND (peer_code = ANY (codes)
           OR EXISTS (SELECT FROM position AS p
                      WHERE p.peer_code = peer.peer_code AND p.window_no = settlement_window.window_no
                        AND p.debit_count + p.credit_count > 0))
    ORDER BY window_no, peer_code
    ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION reconciliation_begin(INTEGER[]) IS 'Closed windows are to be reconciled with the banks given, and with those they hold items of';

CREATE FUNCTION pair_note(window_wanted INTEGER, peer_wanted INTEGER, new_state TEXT, new_reason TEXT,
                          at TIMESTAMPTZ)
    RETURNS BOOLEAN LANGUAGE sql SET search_path = bank, pg_temp AS $$
    UPDATE window_pair
       SET state = new_state, reason = new_reason,
           changed_at = CASE WHEN state = new_state THEN changed_at ELSE now() END,
           both_closed_at = CASE WHEN new_state = 'WAITING' THEN both_closed_at
                                 ELSE coalesce(both_closed_at, at) END
     WHERE window_no = window_wanted AND peer_code = peer_wanted
       AND state IN ('WAITING', 'DRAINING', 'COMPARING')
       AND (state, reason) IS DISTINCT FROM (new_state, new_reason)
    RETURNING true
$$;
COMMENT ON FUNCTION pair_note(INTEGER, INTEGER, TEXT, TEXT, TIMESTAMPTZ) IS 'What a pair that is not agreed waits for. True when that is news, NULL when it is not';

CREATE FUNCTION pair_compare(window_wanted INTEGER, peer_wanted INTEGER, again BOOLEAN)
    RETURNS BOOLEAN LANGUAGE sql SET search_path = bank, pg_temp AS $$
    UPDATE window_pair
       SET state = 'COMPARING', reason = 'compared item by item',
           changed_at = CASE WHEN state = 'COMPARING' THEN changed_at ELSE now() END,
           compared_until = now() + interval '20 seconds'
     WHERE window_no = window_wanted AND peer_code = peer_wanted
       AND state IN ('WAITING', 'DRAINING', 'COMPARING')
       AND (again OR compared_until IS NULL OR compared_until <= now()
            OR compared_until > now() + interval '2 minutes')
    RETURNING true
$$;
COMMENT ON FUNCTION pair_compare(INTEGER, INTEGER, BOOLEAN) IS 'Takes the comparison item by item for twenty seconds, or (again) goes on with it. NULL: another bank server has it, or it is done. A moment too far ahead comes from a clock that jumped';

-- Agreement: only as long as the positions are still the ones that were compared. What is posted
-- after that is not agreed: agreed_entry_no says up to where was looked.
CREATE FUNCTION pair_agree(window_wanted INTEGER, peer_wanted INTEGER,
                           agreed BIGINT[], new_reason TEXT, signed TEXT, signer TEXT,
                           stripes SMALLINT[], debits BIGINT[], credits BIGINT[], digests BYTEA[],
                           break_ids UUID[], txids UUID[], classes TEXT[], ours BIGINT[], theirs BIGINT[],
                           others INTEGER[], entry_breaks UUID[], entry_accounts BIGINT[],
                           entry_numbers BIGINT[], at TIMESTAMPTZ)
    RETURNS TEXT LANGUAGE plpgsql SET search_path = bank, pg_temp AS $$
BEGIN
    PERFORM FROM settlement_window
    WHERE window_no = window_wanted AND state IN ('CLOSED', 'RECONCILING') FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'OVER';
    END IF;
    PERFORM FROM window_pair
    WHERE window_no = window_wanted AND peer_code = peer_wanted
      AND state IN ('WAITING', 'DRAINING', 'COMPARING') FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'OVER';
    END IF;
    PERFORM FROM position WHERE peer_code = peer_wanted AND window_no = window_wanted
    ORDER BY stripe FOR UPDATE;
    IF EXISTS (SELECT FROM (SELECT * FROM position
                            WHERE peer_code = peer_wanted AND window_no = window_wanted) AS p
               FULL JOIN unnest(stripes, debits, credits, digests)
                         AS c (stripe, debit_minor, credit_minor, digest) USING (stripe)
               WHERE (p.debit_minor, p.credit_minor, p.digest)
                     IS DISTINCT FROM (c.debit_minor, c.credit_minor, c.digest)) THEN
        RETURN 'CHANGED';
    END IF;
    -- Found again: it keeps its owner and its age. Corrected in the book: it stays.
    DELETE FROM break_entry USING recon_break AS b
    WHERE break_entry.break_id = b.break_id AND b.window_no = window_wanted
      AND b.peer_code = peer_wanted AND b.state = 'OPEN'
      AND NOT EXISTS (SELECT FROM decision AS d WHERE d.txid = b.break_id AND d.phase = 0);
    DELETE FROM recon_break AS b
    WHERE b.window_no = window_wanted AND b.peer_code = peer_wanted AND b.state = 'OPEN'
      AND NOT EXISTS (SELECT FROM decision AS d WHERE d.txid = b.break_id AND d.phase = 0)
      AND NOT EXISTS (SELECT FROM unnest(break_ids, ours, theirs) AS n (break_id, ours_minor, theirs_minor)
                      WHERE n.break_id = b.break_id AND n.ours_minor = b.ours_minor
                        AND n.theirs_minor = b.theirs_minor);
    INSERT INTO recon_break (break_id, window_no, peer_code, txid, class, ours_minor, theirs_minor,
                             other_window_no, opened_on, opened_at)
    SELECT n.break_id, window_wanted, peer_wanted, n.txid, n.class, n.ours_minor, n.theirs_minor,
           nullif(n.other_window_no, 0), bank.business_date, now()
    FROM bank CROSS JOIN unnest(break_ids, txids, classes, ours, theirs, others)
                         AS n (break_id, txid, class, ours_minor, theirs_minor, other_window_no)
    ON CONFLICT DO NOTHING;
    INSERT INTO break_entry (break_id, account_id, entry_no)
    SELECT * FROM unnest(entry_breaks, entry_accounts, entry_numbers)
    ON CONFLICT DO NOTHING;
    UPDATE position AS p
       SET agreed_minor = p.debit_minor - p.credit_minor
               - coalesce((SELECT sum(e.amount_minor)
                           FROM recon_break AS b JOIN break_entry AS be USING (break_id)
                           JOIN entry AS e USING (account_id, entry_no)
                           WHERE b.window_no = window_wanted AND b.peer_code = peer_wanted
                             AND be.account_id % 100 = p.stripe), 0),
           agreed_entry_no = (SELECT a.entry_no FROM account AS a
                              WHERE a.account_id = peer_wanted::bigint * 10000000000
                                                   + window_wanted::bigint * 100 + p.stripe)
     WHERE p.peer_code = peer_wanted AND p.window_no = window_wanted;
    UPDATE window_pair
       SET state = 'AGREED', reason = new_reason, statement = signed, certificate = signer,
           agreed_debit_count = agreed[1], agreed_debit_minor = agreed[2],
           agreed_credit_count = agreed[3], agreed_credit_minor = agreed[4],
           both_closed_at = coalesce(both_closed_at, at), compared_until = NULL, changed_at = now()
     WHERE window_no = window_wanted AND peer_code = peer_wanted;
    RETURN 'AGREED';
END
$$;
COMMENT ON FUNCTION pair_agree(INTEGER, INTEGER, BIGINT[], TEXT, TEXT, TEXT, SMALLINT[], BIGINT[], BIGINT[], BYTEA[], UUID[], UUID[], TEXT[], BIGINT[], BIGINT[], INTEGER[], UUID[], BIGINT[], BIGINT[], TIMESTAMPTZ) IS 'Agrees with a peer about a window, and opens the breaks that are left out: AGREED; CHANGED: the positions are not the compared ones any more; OVER: there is nothing to agree about';

CREATE FUNCTION window_submit(window_wanted INTEGER) RETURNS INTEGER
    LANGUAGE plpgsql SET search_path = bank, pg_temp AS $$
DECLARE
    raised INTEGER;
BEGIN
    PERFORM FROM settlement_window
    WHERE window_no = window_wanted AND state = 'RECONCILING' FOR UPDATE;
    IF NOT FOUND OR EXISTS (SELECT FROM window_pair
                            WHERE window_no = window_wanted AND state <> 'AGREED') THEN
        RETURN NULL;
    END IF;
    UPDATE settlement_window
       SET state = 'PENDING_SETTLEMENT', revision = revision + 1,
           reason = 'positions are being submitted to the settlement agent',
           net_minor = (SELECT coalesce(sum(agreed_debit_minor - agreed_credit_minor), 0)
                        FROM window_pair WHERE window_no = window_wanted)
     WHERE window_no = window_wanted
    RETURNING revision INTO raised;
    RETURN raised;
END
$$;
COMMENT ON FUNCTION window_submit(INTEGER) IS 'All pairs are agreed: the positions are to be submitted, under the revision returned. NULL: not so';

CREATE FUNCTION window_dispute(window_wanted INTEGER, revision_wanted INTEGER, peers INTEGER[],
                               at TIMESTAMPTZ)
    RETURNS BOOLEAN LANGUAGE plpgsql SET search_path = bank, pg_temp AS $$
BEGIN
    PERFORM FROM settlement_window
    WHERE window_no = window_wanted AND state = 'PENDING_SETTLEMENT' AND revision = revision_wanted
    FOR UPDATE;
    -- The other bank compares again, too; until it has submitted, this answer comes again.
    IF NOT FOUND OR NOT EXISTS (SELECT FROM window_pair
                                WHERE window_no = window_wanted AND peer_code = ANY (peers)
                                  AND changed_at < now() - interval '5 seconds') THEN
        RETURN false;
    END IF;
    UPDATE window_pair
       SET state = 'DRAINING', both_closed_at = at, changed_at = now(),
           reason = 'the settlement agent found that the two banks contradict each other'
     WHERE window_no = window_wanted AND peer_code = ANY (peers) AND state = 'AGREED';
    UPDATE position SET agreed_entry_no = NULL, agreed_minor = 0
     WHERE window_no = window_wanted AND peer_code = ANY (peers);
    UPDATE settlement_window
       SET state = 'RECONCILING', reason = 'reconciled again: positions of two banks contradict each other'
     WHERE window_no = window_wanted;
    RETURN true;
END
$$;
COMMENT ON FUNCTION window_dispute(INTEGER, INTEGER, INTEGER[], TIMESTAMPTZ) IS 'The agent found positions about these peers contradicted: they are reconciled again. Not more often than every five seconds';

CREATE FUNCTION window_finish(window_wanted INTEGER, new_state TEXT, new_reason TEXT, signed TEXT, signer TEXT,
                              settled INTEGER[], suspended INTEGER[], limited INTEGER[], limits BIGINT[])
    RETURNS BIGINT[] LANGUAGE plpgsql SET search_path = bank, pg_temp AS $$
DECLARE
    cut BIGINT[];
BEGIN
    PERFORM FROM settlement_window
    WHERE window_no = window_wanted AND state = 'PENDING_SETTLEMENT' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE window_pair
       SET state = CASE WHEN peer_code = ANY (settled) THEN 'SETTLED' ELSE 'EXCLUDED' END,
           reason = CASE WHEN peer_code = ANY (settled) THEN NULL
                         ELSE 'left out by the settlement agent' END,
           changed_at = now()
     WHERE window_no = window_wanted;
    PERFORM FROM exposure AS e JOIN unnest(limited, limits) AS n (peer_code, limit_minor) USING (peer_code)
    ORDER BY e.peer_code, e.stripe FOR UPDATE OF e;
    cut := ARRAY(SELECT n.peer_code
                 FROM unnest(limited, limits) AS n (peer_code, limit_minor) JOIN peer USING (peer_code)
                 WHERE n.limit_minor < peer.limit_minor ORDER BY n.peer_code);
    -- What is left of the new limit is spread evenly over the stripes, like bankctl peer limit does.
    UPDATE exposure AS e
       SET share_minor = e.owed_minor + spread.whole + (e.stripe < spread.rest)::integer
      FROM (SELECT peer_code, floor(room / 8)::bigint AS whole, room - 8 * floor(room / 8) AS rest
            FROM (SELECT o.peer_code, n.limit_minor::numeric - sum(o.owed_minor) AS room
                  FROM exposure AS o JOIN unnest(limited, limits) AS n (peer_code, limit_minor) USING (peer_code)
                  WHERE o.peer_code = ANY (cut)
                  GROUP BY o.peer_code, n.limit_minor) AS left_over) AS spread
     WHERE e.peer_code = spread.peer_code;
    UPDATE peer SET limit_minor = n.limit_minor, limit_cut_at = now()
      FROM unnest(limited, limits) AS n (peer_code, limit_minor)
     WHERE peer.peer_code = n.peer_code AND n.peer_code = ANY (cut);
    UPDATE peer SET status = 'S' WHERE peer_code = ANY (suspended) AND status <> 'S';
    UPDATE settlement_window
       SET state = new_state, final_at = now(), reason = new_reason, finality = signed, certificate = signer
     WHERE window_no = window_wanted;
    RETURN coalesce(cut, '{}');
END
$$;
COMMENT ON FUNCTION window_finish(INTEGER, TEXT, TEXT, TEXT, TEXT, INTEGER[], INTEGER[], INTEGER[], BIGINT[]) IS 'The window is final and posted: records the agent''s signed result, lowers limits (never raises one) and suspends. The peers whose limits it lowered; NULL: it was done';

REVOKE ALL ON FUNCTION reconciliation_begin(INTEGER[]), pair_note(INTEGER, INTEGER, TEXT, TEXT, TIMESTAMPTZ),
    pair_compare(INTEGER, INTEGER, BOOLEAN),
    pair_agree(INTEGER, INTEGER, BIGINT[], TEXT, TEXT, TEXT, SMALLINT[], BIGINT[], BIGINT[], BYTEA[], UUID[], UUID[], TEXT[], BIGINT[], BIGINT[], INTEGER[], UUID[], BIGINT[], BIGINT[], TIMESTAMPTZ),
    window_submit(INTEGER), window_dispute(INTEGER, INTEGER, INTEGER[], TIMESTAMPTZ),
    window_finish(INTEGER, TEXT, TEXT, TEXT, TEXT, INTEGER[], INTEGER[], INTEGER[], BIGINT[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reconciliation_begin(INTEGER[]), pair_note(INTEGER, INTEGER, TEXT, TEXT, TIMESTAMPTZ),
    pair_compare(INTEGER, INTEGER, BOOLEAN),
    pair_agree(INTEGER, INTEGER, BIGINT[], TEXT, TEXT, TEXT, SMALLINT[], BIGINT[], BIGINT[], BYTEA[], UUID[], UUID[], TEXT[], BIGINT[], BIGINT[], INTEGER[], UUID[], BIGINT[], BIGINT[], TIMESTAMPTZ),
    window_submit(INTEGER), window_dispute(INTEGER, INTEGER, INTEGER[], TIMESTAMPTZ),
    window_finish(INTEGER, TEXT, TEXT, TEXT, TEXT, INTEGER[], INTEGER[], INTEGER[], BIGINT[]) TO tw_bank;
