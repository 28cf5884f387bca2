-- Items of operation $1 with peer $2, in the windows that are not final and in those that its decisions name.
SELECT i.window_no, i.txid, i.amount_minor, i.phase, i.is_reversal
  FROM (SELECT window_no FROM settlement_window WHERE state NOT IN ('SETTLED', 'FAILED')
        UNION
        SELECT window_no FROM decision WHERE txid = $1::uuid AND window_no > 0) AS w
 CROSS JOIN LATERAL (
       SELECT * FROM interbank_item
        WHERE account_id BETWEEN $2::int * 10000000000 + w.window_no * 100::bigint
                             AND $2::int * 10000000000 + w.window_no * 100::bigint + 7
          AND txid = $1::uuid) AS i
 ORDER BY i.window_no, i.amount_minor LIMIT 128
