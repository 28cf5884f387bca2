INSERT INTO settlement_window (window_no) VALUES ($1::integer);
