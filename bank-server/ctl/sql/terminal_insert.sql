INSERT INTO terminal (terminal_id, location) VALUES ($1::integer, $2);
