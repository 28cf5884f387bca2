/* What a window is to settle is fixed here: from now on no submission is taken any more. */
#include "agent/decide.h"

#include <string.h>

#include "agent/snapshot.h"
#include "agent_sql.h"
#include "core/log.h"

static struct tw_status note_violation(PGconn *connection, const struct agent_window *window,
                                       size_t member, struct tw_error *ret_error) {
    char texts[4][CTL_NUMBER_TEXT_SIZE];
    const struct agent_member *self = &window->members[member];
    int64_t debit = -agent_window_net(window, member);
    tw_log(TW_LOG_WARN, "net debit beyond the cap", TW_INT("window", window->window_no),
           TW_INT("bank", self->bank_code), TW_INT("debit", debit), TW_INT("cap", self->cap_minor));
    return CTL_QUERY(connection, agent_sql_cap_violation_insert, NULL, ret_error,
                     ctl_number_text(window->window_no, texts[0]),
                     ctl_number_text(self->bank_code, texts[1]), ctl_number_text(debit, texts[2]),
                     ctl_number_text(self->cap_minor, texts[3]));
}

static struct tw_status note_violations(PGconn *connection, const struct agent_window *window,
                                        struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; window->caps && tw_ok(status) && i < window->member_count; i++) {
        if (-agent_window_net(window, i) > window->members[i].cap_minor) {
            status = note_violation(connection, window, i, ret_error);
        }
    }
    return status;
}

static struct tw_status make_pending(PGconn *connection, struct agent_window *window,
                                     struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    ctl_number_text(window->window_no, number);
    struct tw_status status =
        CTL_QUERY(connection, agent_sql_window_pending, NULL, ret_error, number);
    if (tw_ok(status) && strcmp(window->model, "gross") == 0) {
        status = CTL_QUERY(connection, agent_sql_instructions_insert, NULL, ret_error, number);
    }
    if (tw_ok(status)) {
        status = note_violations(connection, window, ret_error);
    }
    if (tw_ok(status)) {
        snprintf(window->state, sizeof window->state, "PENDING_SETTLEMENT");
        tw_log(TW_LOG_INFO, "all positions agree", TW_INT("window", window->window_no),
               TW_INT("banks", (int64_t)window->member_count), TW_STR("model", window->model));
    }
    return status;
}

struct tw_status agent_decide_pending(const struct agent *agent, PGconn *connection,
                                      int64_t window_no, struct agent_window *ret_window,
                                      struct tw_error *ret_error) {
    struct tw_status status =
        agent_snapshot_read(connection, window_no, tw_wall_ms(agent->clock), ret_window, ret_error);
    if (!tw_ok(status) || !agent_window_is(ret_window, "CLOSED") ||
        !agent_window_complete(ret_window)) {
        return status;
    }
    const char *currency = agent_window_unbalanced(ret_window);
    if (currency != NULL) {
        /* Mirrored positions cannot do this; money does not move on what cannot be. */
        tw_log(TW_LOG_ERROR, "net positions do not add up to zero", TW_INT("window", window_no),
               TW_STR("currency", currency));
        return status;
    }
    return make_pending(connection, ret_window, ret_error);
}

struct again {
    struct agent *agent;
    int64_t window_no;
};

static struct tw_status run_again(PGconn *connection, void *context, struct tw_error *ret_error) {
    const struct again *again = context;
    struct agent_window window = {0};
    struct tw_status status =
        agent_decide_pending(again->agent, connection, again->window_no, &window, ret_error);
    agent_window_clear(&window);
    return status;
}

struct tw_status agent_decide_again(struct agent *agent, int64_t window_no,
                                    struct tw_error *ret_error) {
    struct again again = {agent, window_no};
    return agent_books_run(&agent->books, AGENT_DECIDE, run_again, &again, ret_error);
}
