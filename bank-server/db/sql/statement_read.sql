-- The latest entries of each account, newest first.
SELECT e.account_id, e.entry_no, d.business_date, e.amount_minor, e.balance_minor,
       CASE e.phase WHEN 2 THEN o.code || ' reversal' WHEN 4 THEN o.code || ' released' WHEN 6 THEN 'returned transfer'
            ELSE o.code END, e.txid
  FROM (SELECT DISTINCT unnest($1::bigint[]) AS account_id) AS wanted
 CROSS JOIN LATERAL (SELECT * FROM entry x WHERE x.account_id = wanted.account_id
                      ORDER BY x.entry_no DESC LIMIT 20) AS e
  JOIN decision d ON d.txid = e.txid AND d.phase = e.phase
  JOIN operation o ON o.operation = d.operation
 ORDER BY e.account_id, e.entry_no DESC
