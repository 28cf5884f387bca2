/*
 * Gross: the queue is planned again before each step, from what is in it and on the accounts then.
 * So a process that takes over goes on with what is right now, and a step is booked whole with its
 * instructions or not at all.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/settle_parts.h"
#include "agent_sql.h"
#include "core/crash.h"
#include "core/log.h"

struct queue {
    struct ib_payment *payments;
    size_t count;
};

static struct tw_status exclude_defaulted(const struct agent_attempt *attempt,
                                          struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    return CTL_QUERY(attempt->connection, agent_sql_instructions_exclude, NULL, ret_error,
                     ctl_number_text(attempt->window_no, number));
}

static struct tw_status read_queue(const struct agent_attempt *attempt, struct tw_currency currency,
                                   struct queue *ret_queue, struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = CTL_QUERY(attempt->connection, agent_sql_queue_read, &rows, ret_error,
                                        ctl_number_text(attempt->window_no, number), currency.code);
    if (!tw_ok(status)) {
        return status;
    }
    ret_queue->count = (size_t)PQntuples(rows);
    ret_queue->payments = calloc(ret_queue->count + 1, sizeof *ret_queue->payments);
    if (ret_queue->payments == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a queue");
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        ret_queue->payments[row] =
            (struct ib_payment){.number = ctl_result_number(rows, row, 0),
                                .payer = (int32_t)ctl_result_number(rows, row, 1),
                                .payee = (int32_t)ctl_result_number(rows, row, 2),
                                .amount_minor = ctl_result_number(rows, row, 3)};
    }
    return status;
}

static struct tw_status next_step_no(const struct agent_attempt *attempt, int64_t *ret_step_no,
                                     struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = CTL_QUERY(attempt->connection, agent_sql_step_next, &row, ret_error,
                                        ctl_number_text(attempt->window_no, number));
    if (tw_ok(status)) {
        *ret_step_no = ctl_result_number(row, 0, 0);
    }
    return status;
}

static struct tw_status mark_settled(const struct agent_attempt *attempt,
                                     const struct ib_plan *plan, size_t step, int64_t step_no,
                                     struct tw_error *ret_error) {
    char texts[3][CTL_NUMBER_TEXT_SIZE];
    struct tw_status status = tw_success();
    for (size_t i = 0; tw_ok(status) && i < plan->payment_count; i++) {
        if (plan->payments[i].step == step) {
            status = CTL_QUERY(attempt->connection, agent_sql_instruction_settle, NULL, ret_error,
                               ctl_number_text(attempt->window_no, texts[0]),
                               ctl_number_text(plan->payments[i].number, texts[1]),
                               ctl_number_text(step_no, texts[2]));
        }
    }
    return status;
}

/* An offset that is even on both sides moves no money, and still is a step: a transfer without
 * legs, so that its instructions have something to refer to. */
static struct tw_status book_step(struct agent_attempt *attempt, const struct ib_plan *plan,
                                  struct tw_currency currency, struct tw_error *ret_error) {
    int64_t step_no = 0;
    struct tw_status status = next_step_no(attempt, &step_no, ret_error);
    if (tw_ok(status)) {
        status = agent_post_step(attempt, plan, 0, step_no, currency, ret_error);
    }
    if (tw_ok(status)) {
        status = agent_post_suspend(attempt, plan, 0, ret_error);
    }
    if (tw_ok(status)) {
        status = mark_settled(attempt, plan, 0, step_no, ret_error);
    }
    attempt->progress = AGENT_STEPPED;
    tw_crash_point("agent.posted");
    return status;
}

/* Nothing more can be paid: all done, later, or without who cannot pay. */
static struct tw_status end_queue(struct agent_attempt *attempt, const struct ib_plan *plan,
                                  const struct queue *queue, struct tw_currency currency,
                                  struct tw_error *ret_error) {
    if (queue->count == 0) {
        return tw_success();
    }
    size_t before = attempt->defaults;
    struct tw_status status = agent_post_default(attempt, plan, ret_error);
    if (tw_ok(status) && attempt->defaults == before) {
        return agent_attempt_postpone(attempt, plan, currency, ret_error);
    }
    return tw_ok(status) ? exclude_defaulted(attempt, ret_error) : status;
}

/* One step of this currency, or what follows when there is none. */
static struct tw_status work_queue(struct agent_attempt *attempt, struct tw_currency currency,
                                   struct tw_error *ret_error) {
    struct ib_participant participants[TW_PARTICIPANTS_MAX];
    struct queue queue = {0};
    struct ib_plan *plan = NULL;
    size_t count = agent_window_payers(&attempt->window, currency, participants);
    struct tw_status status = read_queue(attempt, currency, &queue, ret_error);
    if (tw_ok(status)) {
        status = ib_settle_gross(participants, count, queue.payments, queue.count,
                                 agent_attempt_resort(attempt), &plan, ret_error);
    }
    if (tw_ok(status)) {
        status = plan->step_count > 0 ? book_step(attempt, plan, currency, ret_error)
                                      : end_queue(attempt, plan, &queue, currency, ret_error);
    }
    ib_plan_free(plan);
    free(queue.payments);
    return status;
}

struct tw_status agent_settle_gross(struct agent_attempt *attempt, struct tw_error *ret_error) {
    struct tw_currency currencies[TW_PARTICIPANTS_MAX];
    size_t count = agent_window_currencies(&attempt->window, currencies);
    /* Who defaulted in another window meanwhile neither pays nor is paid. */
    struct tw_status status = exclude_defaulted(attempt, ret_error);
    for (size_t i = 0; tw_ok(status) && attempt->progress == AGENT_NOTHING && i < count; i++) {
        status = work_queue(attempt, currencies[i], ret_error);
    }
    return tw_ok(status) && attempt->progress == AGENT_NOTHING
               ? agent_result_write(attempt, ret_error)
               : status;
}
