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

-- Nothing but the bank's schema is seen by name, and nobody but these roles gets in.
DO $$
DECLARE
    wanted TEXT;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['tw_bank', 'tw_operator', 'tw_audit'] LOOP
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = bank, pg_temp',
                       wanted, current_database());
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tw_bank, tw_operator, tw_audit',
                   current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA bank TO tw_bank, tw_operator, tw_audit;
GRANT SELECT ON ALL TABLES IN SCHEMA bank TO tw_bank;
-- PIN digests are for the bank server only: whoever also got hold of the key could try all PINs.
GRANT SELECT ON
    bank.migration, bank.bank, bank.iin, bank.account_kind, bank.customer, bank.account,
    bank.operation, bank.lane, bank.batch, bank.anchor, bank.decision, bank.entry, bank.terminal,
    bank.operator_action
    TO tw_operator, tw_audit;
GRANT SELECT (card_id, customer_id, pan_digest, pan_masked, expiry, tries_left, status, session,
              daily_limit_minor, daily_limit_count, usage_date, used_minor, used_count, account_ids)
    ON bank.card TO tw_operator, tw_audit;

-- Insert rights name columns wherever the others have defaults that must stand: an account begins
-- with nothing in it, a card with three tries and no session, a terminal signed off.
GRANT INSERT ON bank.decision, bank.entry, bank.anchor TO tw_bank;
GRANT INSERT (lane_id, server, genesis) ON bank.lane TO tw_bank;
GRANT INSERT (lane_id, batch_no, item_count, digest) ON bank.batch TO tw_bank;
GRANT UPDATE (balance_minor, entry_no, daily_date, daily_used_minor) ON bank.account TO tw_bank;
GRANT UPDATE (pin_digest, tries_left, session, usage_date, used_minor, used_count) ON bank.card TO tw_bank;
GRANT UPDATE (signed_on, pin_failures, period_no, period_atm_no, period_clr_no) ON bank.terminal TO tw_bank;
GRANT UPDATE (cut_over_guard) ON bank.bank TO tw_bank;

GRANT INSERT (bank_code, name, currency, business_date) ON bank.bank TO tw_operator;
GRANT INSERT (iin) ON bank.iin TO tw_operator;
GRANT INSERT (customer_id, name, opened_on) ON bank.customer TO tw_operator;
GRANT INSERT (account_id, overdraft_minor, daily_limit_minor, customer_id, opened_on, kind, currency,
              product)
    ON bank.account TO tw_operator;
GRANT INSERT (card_id, customer_id, pan_digest, pan_masked, expiry, pin_digest, daily_limit_minor,
              daily_limit_count, account_ids)
    ON bank.card TO tw_operator;
GRANT INSERT (terminal_id, location) ON bank.terminal TO tw_operator;
GRANT INSERT (action_id, system_user_name, action, subject) ON bank.operator_action TO tw_operator;
GRANT UPDATE (name, business_date, epoch) ON bank.bank TO tw_operator;
GRANT UPDATE (name) ON bank.customer TO tw_operator;
GRANT UPDATE (status, overdraft_minor, daily_limit_minor) ON bank.account TO tw_operator;
GRANT UPDATE (status, tries_left, session, daily_limit_minor, daily_limit_count, account_ids, expiry)
    ON bank.card TO tw_operator;
GRANT UPDATE (status, location, pin_failures, signed_on) ON bank.terminal TO tw_operator;
