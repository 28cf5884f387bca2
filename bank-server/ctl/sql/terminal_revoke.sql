UPDATE terminal SET status = 'R', signed_on = false
WHERE terminal_id = $1::integer AND status <> 'R' RETURNING terminal_id;
