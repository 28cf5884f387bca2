-- Window $1, or the latest $2.
SELECT settlement_window.window_no, state, model,
       to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
       to_char(final_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
       (SELECT count(DISTINCT bank_code) FROM submission
        WHERE submission.window_no = settlement_window.window_no),
       (SELECT count(*) FROM participant WHERE first_window_no <= settlement_window.window_no),
       attempts, reason
FROM settlement_window
WHERE window_no = coalesce($1::integer, window_no)
ORDER BY window_no DESC LIMIT $2::bigint;
