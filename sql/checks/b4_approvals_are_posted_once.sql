-- B4: every approval of money moved exactly its amount, once
-- Between banks the fees of the terminal's bank come on top: surcharge from the customer,
-- interchange from the issuer. A transfer to another bank takes the surcharge along and books it as
-- a fee (phase 7) when it is completed; its rejection (phase 4) is a decline that gives both back.
-- A reversal at the bank of the terminal moves only what left the machine, and the issuer's
-- acknowledgement (phase 4) what came back; of a request that was not booked, all of it in and out.
--
-- An advice moves nothing when its original was declined, or when the other advice of the same
-- withdrawal came first (a dispute). Balancing posts a difference only.
WITH posting AS MATERIALIZED (
    SELECT txid, phase, sum(amount_minor) FILTER (WHERE amount_minor > 0) AS moved
    FROM entry GROUP BY txid, phase),
judged AS (
    SELECT decision.*, original.rc AS original_rc, original.surcharge_minor AS original_surcharge,
           decision.amount_minor + coalesce(decision.surcharge_minor, 0)
               + coalesce(decision.interchange_minor, 0) AS whole_minor,
           decision.acquirer = bank_code AS own_terminal
    FROM decision
    CROSS JOIN bank
    LEFT JOIN decision AS original ON decision.phase > 0 AND original.txid = decision.txid
                                      AND original.phase = 0
    WHERE decision.operation IN (3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 16, 18)
      AND (decision.rc = '00' OR decision.phase = 4 AND decision.operation = 5)),
expected AS (
    SELECT txid, phase, rc, CASE
        WHEN phase = 3 THEN 0
        WHEN phase IN (1, 2) AND original_rc IS DISTINCT FROM '00' THEN 0
        WHEN phase = 0 AND operation = 3 THEN whole_minor
        WHEN phase = 0 AND operation = 5 AND account_id IS NULL THEN whole_minor - amount_minor
        WHEN phase = 0 AND operation = 5 AND to_account_id IS NULL
            THEN amount_minor + coalesce(surcharge_minor, 0)
        WHEN phase = 2 AND NOT own_terminal THEN whole_minor - kept_minor
        WHEN phase = 2 AND operation = 3 AND peer IS NOT NULL THEN kept_minor
        WHEN phase = 4 AND operation = 5 AND rc <> '00'
            THEN amount_minor + coalesce(original_surcharge, 0)
        WHEN phase = 4 AND operation <> 5 AND original_rc = '00' THEN whole_minor - kept_minor
        WHEN phase = 4 AND operation <> 5 AND window_no IS NULL THEN 0
        WHEN phase = 4 AND operation <> 5 THEN whole_minor
        ELSE amount_minor END AS moved
    FROM judged)
SELECT expected.txid || ' phase ' || expected.phase AS subject,
       'should have moved ' || expected.moved || ', posted ' || coalesce(posting.moved, 0)
           AS problem
FROM expected
LEFT JOIN posting ON posting.txid = expected.txid AND posting.phase = expected.phase
LEFT JOIN posting AS confirmed ON expected.phase = 2 AND confirmed.txid = expected.txid
                                  AND confirmed.phase = 1
LEFT JOIN decision AS reversal ON expected.phase = 1 AND reversal.txid = expected.txid
                                  AND reversal.phase = 2 AND reversal.rc = '00'
WHERE coalesce(posting.moved, 0) <> expected.moved
  AND NOT (posting.moved IS NULL AND (confirmed.txid IS NOT NULL OR reversal.txid IS NOT NULL));
