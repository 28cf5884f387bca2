SELECT done_at, operator, system_user_name, action, subject
FROM operator_action ORDER BY action_id DESC LIMIT $1::bigint;
