-- 0003: who may do what. History cannot be rewritten by any role a daemon or an operator uses.
--   tw_bank      bank server, and bankctl for money at the counter: decides and posts
--   tw_operator  bankctl: customers, accounts, cards, terminals; never balances or history
--   tw_audit     reads everything, changes nothing
-- Roles belong to the cluster, so they may exist already.
DO $$
DECLARE
    wanted TEXT;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['tw_bank', 'tw_operator', 'tw_audit'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', wanted);
        END IF;
    END LOOP;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA bank TO tw_bank, tw_operator, tw_audit;
GRANT SELECT ON ALL TABLES IN SCHEMA bank TO tw_bank, tw_operator, tw_audit;

GRANT INSERT ON bank.decision, bank.entry, bank.batch, bank.lane, bank.anchor TO tw_bank;
GRANT UPDATE (balance_minor, entry_no, daily_date, daily_used_minor) ON bank.account TO tw_bank;
GRANT UPDATE (pin_digest, tries_left, session, usage_date, used_minor, used_count) ON bank.card TO tw_bank;
GRANT UPDATE (signed_on, pin_failures, period_no, period_atm_no, period_clr_no) ON bank.terminal TO tw_bank;
GRANT UPDATE (cut_over_guard) ON bank.bank TO tw_bank;

GRANT INSERT ON bank.customer, bank.account, bank.card, bank.terminal, bank.iin, bank.operator_action TO tw_operator;
GRANT INSERT ON bank.bank TO tw_operator;
GRANT UPDATE (name, business_date, epoch) ON bank.bank TO tw_operator;
GRANT UPDATE (name) ON bank.customer TO tw_operator;
GRANT UPDATE (status, overdraft_minor, daily_limit_minor) ON bank.account TO tw_operator;
GRANT UPDATE (status, tries_left, pin_digest, session, daily_limit_minor, daily_limit_count, account_ids, expiry) ON bank.card TO tw_operator;
GRANT UPDATE (status, location, pin_failures, signed_on) ON bank.terminal TO tw_operator;
