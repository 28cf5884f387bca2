-- X4: the interbank item of each decision is its whole amount, with its peer, in its window
-- A peer owes us for its cards at our terminals, for what it transfers to us or we gave back at its
-- terminals, and for transfers it returns; we owe it for the opposite. The acknowledged reversal of
-- what we had not booked passes through: in the window of the original, and out in its own. What
-- settles a window, or corrects a break (operations 15 to 17), is judged by B9.
WITH item AS MATERIALIZED (
    SELECT txid, phase,
           sum(amount_minor) FILTER (WHERE account_id >= 900000000000000000) AS owed_minor,
           sum(amount_minor) FILTER (WHERE amount_minor > 0) AS moved_minor,
           min(account_id / 100) FILTER (WHERE account_id >= 900000000000000000) AS first_place,
           max(account_id / 100) FILTER (WHERE account_id >= 900000000000000000) AS last_place
    FROM entry GROUP BY txid, phase),
judged AS (
    SELECT decision.txid, decision.phase, owed_minor, moved_minor, first_place, last_place,
           coalesce(original.rc <> '00', false) AS passes_through,
           decision.peer * 100000000::bigint + decision.window_no AS place,
           CASE WHEN decision.rc <> '00' OR decision.window_no IS NULL OR original.rc <> '00' THEN 0
                WHEN decision.phase = 0 AND decision.operation = 3
                    THEN CASE WHEN decision.acquirer = bank_code THEN 1 ELSE -1 END
                WHEN decision.phase = 0 AND decision.operation = 4
                    THEN CASE WHEN decision.acquirer = bank_code THEN -1 ELSE 1 END
                WHEN decision.phase = 0 AND decision.operation = 5 AND account_id IS NULL THEN 1
                WHEN decision.phase = 2 AND decision.acquirer <> bank_code
                    THEN CASE decision.operation WHEN 3 THEN 1 ELSE -1 END
                WHEN decision.phase = 4 THEN CASE decision.operation WHEN 4 THEN 1 ELSE -1 END
                WHEN decision.phase = 5 THEN 1
                WHEN decision.phase = 6 THEN CASE decision.operation WHEN 5 THEN 1 ELSE -1 END
                WHEN decision.phase = 7 THEN -1
                ELSE 0 END AS direction
    FROM decision
    CROSS JOIN bank
    LEFT JOIN item ON item.txid = decision.txid AND item.phase = decision.phase
    LEFT JOIN (SELECT txid, rc FROM decision WHERE phase = 0 AND operation IN (3, 4)) AS original
           ON decision.phase = 4 AND original.txid = decision.txid
    WHERE (owed_minor IS NOT NULL OR decision.window_no IS NOT NULL)
      AND decision.operation NOT IN (15, 16, 17))
SELECT txid || ' phase ' || phase AS subject,
       'item is ' || coalesce(owed_minor, 0) || ' of ' || coalesce(moved_minor, 0) || ' in '
       || coalesce(first_place::text || CASE WHEN last_place <> first_place
                                             THEN ' and ' || last_place ELSE '' END, 'no account')
       || ', decided for ' || coalesce(place::text, 'no peer and window') AS problem
FROM judged
WHERE coalesce(owed_minor, 0) <> direction * coalesce(moved_minor, 0)
   OR first_place IS NOT NULL
      AND (place IS NULL OR place NOT IN (first_place, last_place)
           OR CASE WHEN passes_through THEN first_place / 100000000 <> last_place / 100000000
                   ELSE first_place <> last_place END);
