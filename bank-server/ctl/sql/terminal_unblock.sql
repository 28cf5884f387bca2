UPDATE terminal SET pin_failures = 0
WHERE terminal_id = $1::integer AND status = 'A' RETURNING terminal_id;
