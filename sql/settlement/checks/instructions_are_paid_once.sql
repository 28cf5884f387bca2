-- Gross: a settled instruction belongs to a step of its window; none waits in a final window
SELECT 'window ' || window_no || ' instruction ' || instruction_no AS subject,
       CASE WHEN instruction.state = 'QUEUED' THEN 'waits in a final window'
            ELSE 'is settled by step ' || step_no || ', which was not booked' END AS problem
FROM instruction JOIN settlement_window USING (window_no)
WHERE (instruction.state = 'QUEUED' AND settlement_window.state IN ('SETTLED', 'FAILED'))
   OR (instruction.state = 'SETTLED'
       AND NOT EXISTS (SELECT FROM transfer WHERE transfer.window_no = instruction.window_no
                       AND transfer.step_no = instruction.step_no));
