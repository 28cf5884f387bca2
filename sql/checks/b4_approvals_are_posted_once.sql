-- B4: every approval of money moved exactly its amount, once
-- An advice moves nothing when its original was declined, or when the other advice of the same
-- withdrawal came first and moved the money (a dispute). Balancing posts a difference only.
WITH posting AS MATERIALIZED (
    SELECT txid, phase, sum(amount_minor) FILTER (WHERE amount_minor > 0) AS moved
    FROM entry GROUP BY txid, phase)
SELECT decision.txid || ' phase ' || decision.phase AS subject,
       'approved ' || decision.amount_minor || ', posted ' || coalesce(posting.moved, 0) AS problem
FROM decision
LEFT JOIN posting ON posting.txid = decision.txid AND posting.phase = decision.phase
LEFT JOIN decision AS original ON decision.phase > 0 AND original.txid = decision.txid
                                  AND original.phase = 0 AND original.rc = '00'
LEFT JOIN posting AS other ON decision.phase > 0 AND other.txid = decision.txid
                              AND other.phase = 3 - decision.phase
WHERE decision.rc = '00' AND decision.phase < 3
  AND decision.operation IN (3, 4, 5, 6, 7, 10, 11, 12)
  AND coalesce(posting.moved, 0) <> decision.amount_minor
  AND NOT (decision.phase > 0 AND posting.moved IS NULL
           AND (original.txid IS NULL OR other.txid IS NOT NULL));
