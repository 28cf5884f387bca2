-- FAILED: there are pairs, and none could settle. The time is the transaction's, as in final_at.
SELECT CASE WHEN bool_or(settled) IS FALSE THEN 'FAILED' ELSE 'SETTLED' END,
       to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM settlement_pair WHERE window_no = $1::integer;
