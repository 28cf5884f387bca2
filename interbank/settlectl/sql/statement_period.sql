-- The settlement account of participant $1 from day $2 to day $3 (UTC): who has it, who keeps it, what
-- was there before; then one entry a row, or one row without any. The day of an entry is never before
-- that of the one it follows, whatever clocks said.
WITH booked AS (
    SELECT entry.entry_no, entry.amount_minor, entry.txid, transfer.kind, transfer.window_no,
           (max(recorded_at) OVER (ORDER BY entry.entry_no) AT TIME ZONE 'UTC')::date AS day
    FROM account JOIN entry USING (account_id) JOIN transfer USING (txid)
    WHERE bank_code = $1::integer AND account.kind = 'RESERVE')
SELECT participant.name, agent.name,
       (SELECT coalesce(sum(amount_minor), 0) FROM booked WHERE day < $2::date),
       booked.entry_no, booked.amount_minor, to_char(day, 'YYYY-MM-DD'), booked.kind, booked.window_no, booked.txid
FROM agent CROSS JOIN participant LEFT JOIN booked ON day BETWEEN $2::date AND $3::date
WHERE bank_code = $1::integer
ORDER BY booked.entry_no;
