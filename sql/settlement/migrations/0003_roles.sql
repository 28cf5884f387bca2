-- 0003: who may do what. No role that a process or an operator uses can change what was booked,
-- submitted or settled; money moves by post() alone, which no role can go round.
--   tw_agent           settlement-agent, and settlectl where it moves money or cuts over
--   tw_agent_operator  settlectl: participants, settings
--   tw_agent_audit     reads everything, changes nothing
-- Roles belong to the cluster, so they may exist already.
SET LOCAL search_path = agent, pg_temp;

DO $$
DECLARE
    wanted TEXT;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['tw_agent', 'tw_agent_operator', 'tw_agent_audit'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', wanted);
        END IF;
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = agent, pg_temp',
                       wanted, current_database());
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tw_agent, tw_agent_operator, tw_agent_audit',
                   current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA agent FROM PUBLIC;
GRANT USAGE ON SCHEMA agent TO tw_agent, tw_agent_operator, tw_agent_audit;
GRANT SELECT ON ALL TABLES IN SCHEMA agent TO tw_agent, tw_agent_operator, tw_agent_audit;

GRANT EXECUTE ON FUNCTION post(UUID, TEXT, INTEGER, INTEGER, TEXT[], BIGINT[]) TO tw_agent;
GRANT EXECUTE ON FUNCTION cut_over(INTEGER, TIMESTAMPTZ) TO tw_agent;
GRANT UPDATE (window_no, scheduled_at, standing_no) ON agent TO tw_agent;
GRANT UPDATE (status, cap_minor) ON participant TO tw_agent;
GRANT INSERT (window_no) ON settlement_window TO tw_agent;
GRANT UPDATE (state, model, closed_at, pending_at, attempts, next_try_at, reason, final_at)
    ON settlement_window TO tw_agent;
GRANT INSERT (window_no, bank_code, revision, net_minor, statement, certificate)
    ON submission TO tw_agent;
GRANT INSERT ON position, settlement, settlement_pair, settlement_total, cap_violation TO tw_agent;
GRANT INSERT (window_no, instruction_no, payer, payee, amount_minor, currency) ON instruction TO tw_agent;
GRANT UPDATE (state, step_no) ON instruction TO tw_agent;
GRANT INSERT (action_id, system_user_name, action, subject) ON operator_action
    TO tw_agent, tw_agent_operator;

-- A new agent, participant or account begins with the defaults of what is not named here.
GRANT INSERT (name, window_no) ON agent TO tw_agent_operator;
GRANT UPDATE (name, model, caps, cut_over_times, cut_over_every_s, scheduled_at)
    ON agent TO tw_agent_operator;
GRANT INSERT (window_no) ON settlement_window TO tw_agent_operator;
GRANT INSERT (bank_code, name, currency, first_window_no) ON participant TO tw_agent_operator;
GRANT UPDATE (name, status, cap_minor) ON participant TO tw_agent_operator;
GRANT INSERT (account_id, kind, bank_code, currency) ON account TO tw_agent_operator;
