-- Window $1 here, and the pair with peer $2 if it is being reconciled. In doubt are messages that may still bring items
-- of it: those of its time, and those stored until $3 ms after both had closed, for what was asked before. The time is
-- the database's and $4 milliseconds more, which a simulated clock has let pass.
SELECT b.currency::text,
       coalesce(w.state, CASE WHEN $1::int < b.window_no THEN 'CLOSED' ELSE 'OPEN' END),
       (SELECT count(*) FROM saf s
         WHERE s.peer_code = $2::int
           AND (s.window_no <= $1::int
                OR s.stored_at < coalesce(p.both_closed_at, now() + $4::bigint * interval '1 ms')
                                 + $3::bigint * interval '1 ms')),
       p.state,
       floor(extract(epoch FROM now() + $4::bigint * interval '1 ms' - p.both_closed_at) * 1000)::bigint
  FROM bank b
  LEFT JOIN settlement_window w ON w.window_no = $1::int
  LEFT JOIN window_pair p ON p.window_no = $1::int AND p.peer_code = $2::int
