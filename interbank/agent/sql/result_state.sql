-- FAILED: there are pairs, and none could settle. The time is the wall clock's millisecond $2.
SELECT CASE WHEN bool_or(settled) IS FALSE THEN 'FAILED' ELSE 'SETTLED' END,
       to_char(('epoch'::timestamptz + $2::bigint * interval '1 millisecond') AT TIME ZONE 'UTC',
               'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM settlement_pair WHERE window_no = $1::integer;
