SELECT coalesce(max(step_no), 0) + 1 FROM transfer WHERE window_no = $1::integer;
