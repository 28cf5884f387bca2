SELECT name, window_no, model, caps, cut_over_times, cut_over_every_s,
       (SELECT count(*) FROM settlement_window WHERE state IN ('CLOSED', 'PENDING_SETTLEMENT'))
FROM agent;
