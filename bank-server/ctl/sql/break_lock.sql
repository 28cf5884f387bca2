-- Break $1, its pair and the open window. Held until it is marked, so that nobody takes it away to
-- compare anew.
SELECT b.window_no, b.peer_code, b.theirs_minor, p.state, bank.window_no
FROM recon_break AS b
JOIN window_pair AS p USING (window_no, peer_code)
CROSS JOIN bank
WHERE break_id = $1::uuid FOR UPDATE OF b;
