-- The open window, the bank's own times, and since when (Unix time, ms) one of them counts.
SELECT bank.window_no, cut_over_times,
       (extract(epoch FROM greatest(opened_at, cut_over_set_at)) * 1000)::bigint
  FROM bank LEFT JOIN settlement_window USING (window_no)
