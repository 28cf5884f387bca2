-- B8: what another bank must hear is stored until it has answered
-- Reversals of foreign cards that undo something, and transfers held. A return's message is gone
-- once it is acknowledged, which leaves no other trace.
SELECT sent.txid || ' phase ' || phase AS subject,
       'is neither answered by bank ' || peer || ' nor stored for it' AS problem
FROM decision AS sent
CROSS JOIN bank
WHERE rc = '00' AND peer IS NOT NULL
  AND (phase = 2 AND acquirer = bank_code AND kept_minor < amount_minor
       OR phase = 0 AND operation = 5 AND account_id IS NOT NULL AND to_account_id IS NULL)
  AND NOT EXISTS (SELECT FROM decision AS outcome
                  WHERE outcome.txid = sent.txid AND outcome.phase = 4)
  AND NOT EXISTS (SELECT FROM saf
                  WHERE saf.txid = sent.txid AND saf.phase = sent.phase AND peer_code = peer);
