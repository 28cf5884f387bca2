-- Windows are numbered without gaps, and the agent's open one is the last and the only open one
WITH numbered AS (
    SELECT window_no, state, max(window_no) OVER () AS last_no,
           lag(window_no) OVER (ORDER BY window_no) AS before_no
    FROM settlement_window)
SELECT 'window ' || numbered.window_no AS subject,
       CASE WHEN numbered.window_no <> before_no + 1 THEN 'comes behind window ' || before_no
            WHEN (state = 'OPEN') <> (numbered.window_no = agent.window_no) THEN
                'is ' || state || ', the agent''s open window is ' || agent.window_no
            ELSE 'is the last, the agent''s open window is ' || agent.window_no END AS problem
FROM numbered CROSS JOIN agent
WHERE numbered.window_no <> before_no + 1
   OR (state = 'OPEN') <> (numbered.window_no = agent.window_no)
   OR (numbered.window_no = last_no AND numbered.window_no <> agent.window_no);
