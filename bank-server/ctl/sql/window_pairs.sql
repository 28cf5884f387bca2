-- $1: one window, or NULL for all that are not settled.
SELECT window_no, peer_code, name, pair.state, agreed_debit_minor, agreed_credit_minor,
       agreed_debit_minor - agreed_credit_minor,
       (SELECT count(*) FROM recon_break WHERE recon_break.window_no = pair.window_no
        AND recon_break.peer_code = pair.peer_code
        AND NOT EXISTS (SELECT FROM decision WHERE txid = break_id AND phase = 0)),
       pair.reason
FROM window_pair AS pair JOIN peer USING (peer_code)
WHERE CASE WHEN $1::integer IS NULL THEN pair.state <> 'SETTLED' ELSE window_no = $1::integer END
ORDER BY window_no, peer_code;
