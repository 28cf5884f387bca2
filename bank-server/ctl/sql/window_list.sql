-- The latest $1 windows. A break whose decision is stored is resolved, whatever its mark says.
SELECT window_no, state, to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       to_char(final_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       net_minor,
       (SELECT count(*) FROM recon_break WHERE recon_break.window_no = w.window_no
        AND NOT EXISTS (SELECT FROM decision WHERE txid = break_id AND phase = 0)),
       reason
FROM settlement_window AS w
ORDER BY window_no DESC LIMIT $1::bigint;
