/*
 * Deferred net: a plan per currency, and nothing is booked unless every currency has one that can
 * be carried out whole.
 */
#include "agent/settle.h"

#include <stdlib.h>
#include <string.h>

#include "agent/settle_parts.h"
#include "agent/snapshot.h"
#include "agent_sql.h"
#include "core/crash.h"
#include "core/log.h"

enum ib_resort agent_attempt_resort(const struct agent_attempt *attempt) {
    return attempt->window.attempts < attempt->agent->retries ? IB_RESORT_NONE : IB_RESORT_RECAST;
}

/* "90000002 lacks 12.00, 90000003 lacks 1.00", as many as there is room for. */
static void tell_shortfall(const struct ib_plan *plan, struct tw_currency currency, char *text,
                           size_t size) {
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < plan->bank_count && length + 1 < size; i++) {
        char amount[TW_MONEY_TEXT_SIZE];
        const struct ib_plan_bank *bank = &plan->banks[i];
        if (bank->shortfall_minor > 0) {
            int wrote = snprintf(text + length, size - length, "%s%d lacks %s",
                                 length > 0 ? ", " : "", (int)bank->bank_code,
                                 tw_money_text(bank->shortfall_minor, currency, amount));
            length += wrote > 0 ? (size_t)wrote : 0;
        }
    }
}

struct tw_status agent_attempt_postpone(struct agent_attempt *attempt, const struct ib_plan *plan,
                                        struct tw_currency currency, struct tw_error *ret_error) {
    char texts[2][CTL_NUMBER_TEXT_SIZE];
    char reason[128];
    const struct agent *agent = attempt->agent;
    tell_shortfall(plan, currency, reason, sizeof reason);
    attempt->progress = AGENT_WAITS;
    tw_log(TW_LOG_WARN, "settlement waits for money", TW_INT("window", attempt->window_no),
           TW_INT("attempt", attempt->window.attempts + 1), TW_INT("retries", agent->retries),
           TW_STR("reason", reason));
    return CTL_QUERY(attempt->connection, agent_sql_window_postpone, NULL, ret_error,
                     ctl_number_text(attempt->window_no, texts[0]),
                     ctl_number_text(tw_wall_ms(agent->clock) + agent->retry_ms, texts[1]), reason);
}

static enum ib_model model_of(const struct agent_window *window) {
    return strcmp(window->model, "bilateral") == 0 ? IB_MODEL_BILATERAL : IB_MODEL_MULTILATERAL;
}

static struct tw_status make_plan(const struct agent_attempt *attempt, struct tw_currency currency,
                                  struct ib_plan **ret_plan, struct tw_error *ret_error) {
    const struct agent_window *window = &attempt->window;
    struct ib_participant participants[TW_PARTICIPANTS_MAX];
    size_t room = agent_window_obligations_max(window);
    struct ib_obligation *obligations = calloc(room > 0 ? room : 1, sizeof *obligations);
    *ret_plan = NULL;
    if (obligations == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a plan");
    }
    size_t count = agent_window_payers(window, currency, participants);
    size_t owed = agent_window_obligations(window, currency, obligations);
    struct tw_status status = ib_net(participants, count, obligations, owed, model_of(window),
                                     agent_attempt_resort(attempt), ret_plan, ret_error);
    free(obligations);
    return status;
}

static struct tw_status book_plan(struct agent_attempt *attempt, const struct ib_plan *plan,
                                  int64_t step_no, struct tw_currency currency,
                                  struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    if (plan->movement_count > 0) {
        tw_assert(plan->step_count == 1);
        status = agent_post_step(attempt, plan, 0, step_no, currency, ret_error);
        if (tw_ok(status)) {
            status = agent_post_suspend(attempt, plan, 0, ret_error);
        }
    }
    return tw_ok(status) ? agent_post_default(attempt, plan, ret_error) : status;
}

struct plans {
    struct tw_currency currencies[TW_PARTICIPANTS_MAX];
    struct ib_plan *plans[TW_PARTICIPANTS_MAX];
    size_t count;
};

/* *ret_short: the first plan that cannot be carried out whole; plans->count: none. */
static struct tw_status make_plans(const struct agent_attempt *attempt, struct plans *plans,
                                   size_t *ret_short, struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    plans->count = agent_window_currencies(&attempt->window, plans->currencies);
    *ret_short = plans->count;
    for (size_t i = 0; i < plans->count; i++) {
        status = make_plan(attempt, plans->currencies[i], &plans->plans[i], ret_error);
        if (!tw_ok(status)) {
            break;
        }
        tw_assert(plans->plans[i] != NULL);
        if (!plans->plans[i]->complete && *ret_short == plans->count) {
            *ret_short = i;
        }
    }
    return status;
}

static struct tw_status settle_net(struct agent_attempt *attempt, struct tw_error *ret_error) {
    struct plans plans = {0};
    size_t lacking = 0;
    struct tw_status status = make_plans(attempt, &plans, &lacking, ret_error);
    if (tw_ok(status) && lacking < plans.count) {
        status = agent_attempt_postpone(attempt, plans.plans[lacking], plans.currencies[lacking],
                                        ret_error);
    } else if (tw_ok(status)) {
        for (size_t i = 0; tw_ok(status) && i < plans.count; i++) {
            status =
                book_plan(attempt, plans.plans[i], (int64_t)i + 1, plans.currencies[i], ret_error);
        }
        tw_crash_point("agent.posted");
        if (tw_ok(status)) {
            status = agent_result_write(attempt, ret_error);
        }
    }
    for (size_t i = 0; i < plans.count; i++) {
        ib_plan_free(plans.plans[i]);
    }
    return status;
}

static struct tw_status try_settle(PGconn *connection, void *context, struct tw_error *ret_error) {
    struct agent_attempt *attempt = context;
    attempt->connection = connection;
    attempt->progress = AGENT_NOTHING;
    attempt->defaults = 0;
    memset(attempt->shortfall_minor, 0, sizeof attempt->shortfall_minor);
    agent_window_clear(&attempt->window);
    struct tw_status status =
        agent_snapshot_read(connection, attempt->window_no, tw_wall_ms(attempt->agent->clock),
                            &attempt->window, ret_error);
    if (!tw_ok(status) || !agent_window_is(&attempt->window, "PENDING_SETTLEMENT") ||
        !attempt->window.due) {
        return status;
    }
    tw_crash_point("agent.pending");
    return strcmp(attempt->window.model, "gross") == 0 ? agent_settle_gross(attempt, ret_error)
                                                       : settle_net(attempt, ret_error);
}

static void count(struct agent_counters *counters, const struct agent_attempt *attempt) {
    counters->settled += attempt->progress == AGENT_FINISHED;
    counters->shortfalls += attempt->progress == AGENT_WAITS;
    counters->steps += attempt->progress == AGENT_STEPPED;
    counters->defaults += attempt->defaults;
}

struct tw_status agent_settle(struct agent *agent, int64_t window_no,
                              enum agent_progress *ret_progress, struct tw_error *ret_error) {
    struct agent_attempt *attempt = calloc(1, sizeof *attempt);
    *ret_progress = AGENT_NOTHING;
    if (attempt == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory to settle");
    }
    attempt->agent = agent;
    attempt->window_no = window_no;
    struct tw_status status =
        agent_books_run(&agent->books, AGENT_DECIDE, try_settle, attempt, ret_error);
    if (tw_ok(status)) {
        count(&agent->counters, attempt);
        *ret_progress = attempt->progress;
        if (attempt->progress == AGENT_FINISHED) {
            tw_crash_point("agent.final");
        } else if (attempt->progress == AGENT_STEPPED) {
            tw_crash_point("agent.step_settled");
        }
    }
    agent_window_clear(&attempt->window);
    free(attempt);
    return status;
}
