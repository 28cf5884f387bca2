-- Windows that are closed and not final, the oldest first, with their pairs.
SELECT w.window_no, w.state, w.revision, coalesce(w.reason, ''), p.peer_code, p.state, coalesce(p.reason, ''),
       p.agreed_debit_count, p.agreed_debit_minor, p.agreed_credit_count, p.agreed_credit_minor,
       (SELECT count(*) FROM recon_break r WHERE r.window_no = p.window_no AND r.peer_code = p.peer_code),
       (SELECT currency::text FROM bank)
  FROM (SELECT * FROM settlement_window WHERE state IN ('RECONCILING', 'PENDING_SETTLEMENT')
         ORDER BY window_no LIMIT 16) AS w
  LEFT JOIN window_pair p USING (window_no)
 ORDER BY w.window_no, p.peer_code
