-- Window $1 at the wall clock's millisecond $2; a row even when there is no such window.
SELECT agent.window_no, caps, coalesce(state, ''), coalesce(settlement_window.model, ''),
       coalesce(attempts, 0),
       coalesce(next_try_at <= 'epoch'::timestamptz + $2::bigint * interval '1 millisecond', true),
       coalesce(reason, '')
FROM agent LEFT JOIN settlement_window ON settlement_window.window_no = $1::integer;
