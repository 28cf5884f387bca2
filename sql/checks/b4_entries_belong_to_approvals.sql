-- B4: every entry belongs to a decision that approved it
-- One decline posts: the rejection of a transfer by the payee's bank (phase 4) gives it back.
SELECT booked.txid || ' phase ' || booked.phase AS subject,
       coalesce('has entries though it was answered ' || rc, 'has entries but no decision') AS problem
FROM (SELECT DISTINCT txid, phase FROM entry) AS booked
LEFT JOIN decision USING (txid, phase)
WHERE rc IS DISTINCT FROM '00' AND (booked.phase <> 4 OR operation IS DISTINCT FROM 5);
