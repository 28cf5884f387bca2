-- Transfers to other banks; $1: one state, or NULL for all; at most $2. Under way: HELD while the
-- first message may still be answered, UNKNOWN once it had to be asked what became of it; after five
-- minutes a case for people. Those first, the oldest first; then what has ended, the latest first.
SELECT txid, peer, account_id, amount_minor, state, reason, age_s, open AND age_s > 300
FROM (SELECT held.txid, held.peer, held.account_id, held.amount_minor,
             outcome.txid IS NULL AS open,
             CASE WHEN returned.txid IS NOT NULL THEN 'RETURNED'
                  WHEN outcome.rc = '00' THEN 'COMPLETED'
                  WHEN outcome.txid IS NOT NULL THEN 'RELEASED'
                  WHEN attempts > 0 THEN 'UNKNOWN'
                  ELSE 'HELD' END AS state,
             substring(outcome.detail FROM '"reason":"([^"]*)"') AS reason,
             floor(extract(epoch FROM now() - recorded_at))::bigint AS age_s
      FROM decision AS held
      JOIN batch USING (lane_id, batch_no)
      LEFT JOIN decision AS outcome ON outcome.txid = held.txid AND outcome.phase = 4
      LEFT JOIN decision AS returned ON returned.txid = held.txid AND returned.phase = 6
                                        AND returned.rc = '00'
      LEFT JOIN saf ON saf.peer_code = held.peer AND saf.txid = held.txid AND saf.phase = 0
      WHERE held.operation = 5 AND held.phase = 0 AND held.rc = '00' AND held.peer IS NOT NULL
        AND held.account_id IS NOT NULL AND held.to_account_id IS NULL) AS transfer
WHERE $1::text IS NULL OR state = upper($1::text)
ORDER BY open DESC, CASE WHEN open THEN -age_s ELSE age_s END, txid
LIMIT $2::bigint;
