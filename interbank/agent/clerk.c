/*
 * One look is one small query; work follows from it, one window or step at a time, with a turn of
 * the loop between, so that banks are answered meanwhile.
 */
#include "agent/clerk.h"

#include <string.h>

#include "agent/decide.h"
#include "agent/schedule.h"
#include "agent/settle.h"
#include "agent_sql.h"
#include "core/crash.h"
#include "core/log.h"

#define LOOK_US     INT64_C(500000)
#define WINDOWS_MAX 256

struct look { /* what one look at the database found */
    struct agent_clerk_figures figures;
    int64_t standing_no, due_ms, scheduled_ms;
    int64_t closed[WINDOWS_MAX], pending[WINDOWS_MAX];
    size_t closed_count, pending_count;
};

struct agent_clerk {
    struct agent *agent;
    struct tw_loop *loop;
    struct tw_timer timer;
    struct tw_task task;
    bool informed;
    int64_t
        decided_standing_no; /* agent.standing_no when closed windows were looked at; -1: never */
    struct look look;
};

static size_t read_numbers(const char *text, int64_t *numbers) {
    size_t count = 0;
    while (*text != '\0' && count < WINDOWS_MAX) {
        char *end = NULL;
        numbers[count++] = strtoll(text, &end, 10);
        text = *end == ',' ? end + 1 : end;
    }
    return count;
}

static struct tw_status read_look(PGconn *connection, void *context, struct tw_error *ret_error) {
    struct agent_clerk *clerk = context;
    struct look *look = &clerk->look;
    char now[CTL_NUMBER_TEXT_SIZE];
    int64_t now_ms = tw_wall_ms(clerk->agent->clock);
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status =
        CTL_QUERY(connection, agent_sql_look, &row, ret_error, ctl_number_text(now_ms, now));
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(row) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "the agent was not created yet: agent create");
    }
    *look = (struct look){.figures = {.open_window_no = ctl_result_number(row, 0, 0),
                                      .cap_violations = ctl_result_number(row, 0, 7)},
                          .standing_no = ctl_result_number(row, 0, 1)};
    look->due_ms =
        agent_schedule_latest_ms(PQgetvalue(row, 0, 2), ctl_result_number(row, 0, 3), now_ms);
    look->scheduled_ms = ctl_result_number(row, 0, 4);
    look->closed_count = read_numbers(PQgetvalue(row, 0, 5), look->closed);
    look->pending_count = read_numbers(PQgetvalue(row, 0, 6), look->pending);
    look->figures.closed = ctl_result_number(row, 0, 8);
    look->figures.pending = ctl_result_number(row, 0, 9);
    return status;
}

struct cut_over {
    int64_t due_ms, window_no; /* 0: somebody else was first */
};

static struct tw_status run_cut_over(PGconn *connection, void *context,
                                     struct tw_error *ret_error) {
    struct cut_over *cut_over = context;
    char due[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = CTL_QUERY(connection, agent_sql_cut_over_due, &row, ret_error,
                                        ctl_number_text(cut_over->due_ms, due));
    if (tw_ok(status)) {
        cut_over->window_no = ctl_result_number(row, 0, 0);
    }
    return status;
}

static void report(const char *what, const struct tw_error *error) {
    tw_log(TW_LOG_WARN, what, TW_STR("code", tw_code_name(error->code)),
           TW_STR("reason", error->detail));
}

static void cut_over_if_due(struct agent_clerk *clerk) {
    const struct look *look = &clerk->look;
    struct tw_error error = {0};
    if (look->due_ms < 0 || look->due_ms <= look->scheduled_ms) {
        return;
    }
    struct cut_over cut_over = {.due_ms = look->due_ms};
    struct tw_status status =
        agent_books_run(&clerk->agent->books, AGENT_DECIDE, run_cut_over, &cut_over, &error);
    if (!tw_ok(status)) {
        report("no cut-over", &error);
    } else if (cut_over.window_no != 0) {
        tw_crash_point("agent.cut_over");
        tw_log(TW_LOG_INFO, "cut over by schedule", TW_INT("window", cut_over.window_no),
               TW_INT("due_ms", cut_over.due_ms));
    }
}

/* Closed windows may wait for nobody any more when something else changed: somebody defaulted in
 * another window, or an operator came. */
static void decide_closed(struct agent_clerk *clerk) {
    const struct look *look = &clerk->look;
    struct tw_status status = tw_success();
    if (look->standing_no == clerk->decided_standing_no) {
        return;
    }
    for (size_t i = 0; tw_ok(status) && i < look->closed_count; i++) {
        struct tw_error error = {0};
        status = agent_decide_again(clerk->agent, look->closed[i], &error);
        if (!tw_ok(status)) {
            report("a closed window was not looked at", &error);
        }
    }
    if (tw_ok(status)) {
        clerk->decided_standing_no = look->standing_no;
    }
}

static void settle_pending(struct agent_clerk *clerk) {
    const struct look *look = &clerk->look;
    for (size_t i = 0; i < look->pending_count; i++) {
        struct tw_error error = {0};
        enum agent_progress progress = AGENT_NOTHING;
        struct tw_status status = agent_settle(clerk->agent, look->pending[i], &progress, &error);
        if (!tw_ok(status)) {
            report("settlement failed", &error);
        } else if (progress == AGENT_STEPPED || progress == AGENT_FINISHED) {
            agent_clerk_wake(clerk);
        }
    }
}

static void look(void *context) {
    struct agent_clerk *clerk = context;
    struct tw_error error = {0};
    struct tw_status status =
        agent_books_run(&clerk->agent->books, AGENT_READ, read_look, clerk, &error);
    if (tw_ok(status) != clerk->informed) {
        tw_log(tw_ok(status) ? TW_LOG_INFO : TW_LOG_ERROR,
               tw_ok(status) ? "database" : "database lost", TW_STR("reason", error.detail));
    }
    clerk->informed = tw_ok(status);
    if (clerk->informed) {
        cut_over_if_due(clerk);
        decide_closed(clerk);
        settle_pending(clerk);
    }
}

static void on_timer(void *context) {
    struct agent_clerk *clerk = context;
    tw_loop_timer_set(clerk->loop, &clerk->timer, tw_loop_now_us(clerk->loop) + LOOK_US);
    look(clerk);
}

struct tw_status agent_clerk_new(struct agent *agent, struct tw_loop *loop,
                                 struct agent_clerk **ret_clerk, struct tw_error *ret_error) {
    struct agent_clerk *clerk = calloc(1, sizeof *clerk);
    if (clerk == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "clerk");
    }
    clerk->agent = agent;
    clerk->loop = loop;
    clerk->decided_standing_no = -1;
    clerk->timer = (struct tw_timer){.run = on_timer, .context = clerk};
    clerk->task = (struct tw_task){.run = look, .context = clerk};
    tw_loop_timer_set(loop, &clerk->timer, tw_loop_now_us(loop));
    *ret_clerk = clerk;
    return tw_success();
}

void agent_clerk_free(struct agent_clerk *clerk) {
    if (clerk != NULL) {
        tw_loop_timer_clear(clerk->loop, &clerk->timer);
        tw_loop_undefer(clerk->loop, &clerk->task);
        free(clerk);
    }
}

void agent_clerk_wake(struct agent_clerk *clerk) {
    tw_loop_defer(clerk->loop, &clerk->task);
}

bool agent_clerk_informed(const struct agent_clerk *clerk) {
    return clerk->informed;
}

struct agent_clerk_figures agent_clerk_figures(const struct agent_clerk *clerk) {
    return clerk->look.figures;
}
