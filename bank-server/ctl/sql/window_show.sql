SELECT bank.window_no, business_date, to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       cut_over_times,
       (SELECT count(*) FROM settlement_window WHERE state NOT IN ('OPEN', 'SETTLED', 'FAILED'))
FROM bank LEFT JOIN settlement_window ON settlement_window.window_no = bank.window_no;
