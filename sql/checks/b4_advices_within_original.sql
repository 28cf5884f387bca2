-- B4: what was confirmed, reversed, completed and returned is at most what was approved
-- A reversal at the terminal's bank moves cash at once, and the issuer's acknowledgement (phase 4)
-- the rest: of a withdrawal both together, of a deposit each for itself. The acknowledgement of
-- what was never booked here only passes through, under a request that was declined.
WITH posting AS MATERIALIZED (
    SELECT txid,
           coalesce(sum(amount_minor) FILTER (WHERE phase = 0), 0) AS requested,
           coalesce(sum(amount_minor) FILTER (WHERE phase = 1), 0) AS confirmed,
           coalesce(sum(amount_minor) FILTER (WHERE phase = 2), 0) AS reversed,
           coalesce(sum(amount_minor) FILTER (WHERE phase = 4), 0) AS outcome,
           coalesce(sum(amount_minor) FILTER (WHERE phase = 5), 0) AS credited,
           coalesce(sum(amount_minor) FILTER (WHERE phase = 6), 0) AS returned
    FROM entry WHERE amount_minor > 0
    GROUP BY txid
    HAVING bool_or(phase IN (1, 2, 4, 6)))
SELECT posting.txid::text AS subject,
       'requested ' || requested || ', confirmed ' || confirmed || ', reversed ' || reversed
       || ', outcome ' || outcome || ', credited ' || credited || ', returned ' || returned
           AS problem
FROM posting
LEFT JOIN decision AS original ON original.txid = posting.txid AND original.phase = 0
LEFT JOIN decision AS outcome ON outcome.txid = posting.txid AND outcome.phase = 4
WHERE confirmed + reversed > requested
   OR returned > CASE WHEN outcome.operation = 5 AND outcome.rc = '00' THEN posting.outcome
                      ELSE credited END
   OR original.rc = '00' AND CASE original.operation
          WHEN 3 THEN confirmed + reversed + posting.outcome > requested
          WHEN 4 THEN posting.outcome > reversed
          ELSE posting.outcome > requested END;
