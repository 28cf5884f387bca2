-- What there is to do at the wall clock's millisecond $1: schedule, closed windows, pending ones that
-- are due.
SELECT window_no, standing_no, cut_over_times, cut_over_every_s,
       (extract(epoch FROM scheduled_at) * 1000)::bigint,
       coalesce((SELECT string_agg(window_no::text, ',' ORDER BY window_no)
                 FROM settlement_window WHERE state = 'CLOSED'), ''),
       coalesce((SELECT string_agg(window_no::text, ',' ORDER BY window_no)
                 FROM settlement_window WHERE state = 'PENDING_SETTLEMENT'
                  AND coalesce(next_try_at <= 'epoch'::timestamptz
                               + $1::bigint * interval '1 millisecond', true)), ''),
       (SELECT count(*) FROM cap_violation),
       (SELECT count(*) FROM settlement_window WHERE state = 'CLOSED'),
       (SELECT count(*) FROM settlement_window WHERE state = 'PENDING_SETTLEMENT')
FROM agent;
