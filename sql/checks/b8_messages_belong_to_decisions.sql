-- B8: every stored message tells of a decision and is not answered yet
-- An inquiry about our fee (phase 7) waits for the decision that it will bring.
SELECT saf.txid || ' phase ' || saf.phase || ' for bank ' || peer_code AS subject,
       CASE WHEN outcome.txid IS NOT NULL THEN 'is stored although it was answered'
            ELSE 'tells of nothing that was decided' END AS problem
FROM saf
LEFT JOIN decision AS sent ON sent.txid = saf.txid AND sent.phase = saf.phase AND sent.rc = '00'
                              AND sent.peer = saf.peer_code
LEFT JOIN decision AS outcome ON outcome.txid = saf.txid AND outcome.phase = 4
WHERE saf.phase <> 7
  AND (sent.txid IS NULL
       OR CASE saf.phase WHEN 0 THEN sent.operation <> 5 OR outcome.txid IS NOT NULL
                         WHEN 2 THEN outcome.txid IS NOT NULL
                         WHEN 6 THEN sent.operation <> 13
                         ELSE true END);
