INSERT INTO operator_action (action_id, system_user_name, action, subject)
VALUES ($1::uuid, $2, $3, $4);
