SELECT state, model, to_char(final_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM settlement_window WHERE window_no = $1::integer;
