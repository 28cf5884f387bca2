INSERT INTO agent (name, window_no) VALUES ($1, $2::integer);
