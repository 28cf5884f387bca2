-- For the metrics: windows by state, pairs of those that are not final by state, open breaks.
SELECT 'window', state, count(*) FROM settlement_window GROUP BY state
UNION ALL
SELECT 'pair', p.state, count(*) FROM window_pair p JOIN settlement_window w USING (window_no)
 WHERE w.state NOT IN ('SETTLED', 'FAILED') GROUP BY p.state
UNION ALL
SELECT 'break', 'OPEN', count(*) FROM recon_break WHERE state = 'OPEN'
