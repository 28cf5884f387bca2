/* The words are for people; programs go by rc, status, missing and disputed. */
#include "agent/answer.h"

#include <inttypes.h>
#include <string.h>

#include "agent/snapshot.h"
#include "agent_sql.h"

void agent_answer_outcome(struct tw_settlement_result *result, enum tw_rc rc, const char *text) {
    result->outcome.rc = rc;
    snprintf(result->outcome.text, sizeof result->outcome.text, "%s",
             text != NULL ? text : tw_rc_text(rc));
}

static void say(struct tw_settlement_result *result, const char *reason) {
    snprintf(result->reason, sizeof result->reason, "%s", reason);
}

static void list_missing(const struct agent_window *window, size_t member,
                         struct tw_settlement_result *result) {
    for (size_t i = 0; i < window->member_count; i++) {
        if (tw_currency_equal(window->members[i].currency, window->members[member].currency) &&
            agent_window_missing(window, i)) {
            result->missing[result->missing_count++].bank_code = window->members[i].bank_code;
        }
    }
}

static void list_disputed(const struct agent_window *window, size_t member,
                          struct tw_settlement_result *result) {
    for (size_t i = 0; i < window->member_count; i++) {
        if (agent_window_disputed(window, member, i)) {
            result->disputed[result->disputed_count++].bank_code = window->members[i].bank_code;
        }
    }
}

static void tell_closed(const struct agent_window *window, size_t member,
                        struct tw_settlement_result *result) {
    list_missing(window, member, result);
    list_disputed(window, member, result);
    if (result->disputed_count > 0) {
        agent_answer_outcome(result, TW_RC_RECONCILE_ERROR, NULL);
        say(result, "positions contradict those of the banks listed as disputed");
    } else if (result->missing_count > 0) {
        snprintf(result->reason, sizeof result->reason, "waiting for the positions of %zu banks",
                 result->missing_count);
    } else {
        say(result, window->reason[0] != '\0' ? window->reason : "waiting for other banks");
    }
}

/* Says beside a bank's window that it owes more than its cap. */
static void tell_cap(const struct agent_window *window, size_t member,
                     struct tw_settlement_result *result) {
    char owed[TW_MONEY_TEXT_SIZE];
    char cap[TW_MONEY_TEXT_SIZE];
    const struct agent_member *self = &window->members[member];
    int64_t net = agent_window_net(window, member);
    if (window->caps && net < -self->cap_minor && result->reason[0] == '\0') {
        snprintf(result->reason, sizeof result->reason, "owes %s, beyond its cap of %s",
                 tw_money_text(-net, self->currency, owed),
                 tw_money_text(self->cap_minor, self->currency, cap));
    }
}

static struct tw_status read_finality(PGconn *connection, const struct agent_window *window,
                                      size_t member, struct tw_settlement_result *result,
                                      struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    char code[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = CTL_QUERY(connection, agent_sql_finality_read, &row, ret_error,
                                        ctl_number_text(window->window_no, number),
                                        ctl_number_text(window->members[member].bank_code, code));
    if (!tw_ok(status) || PQntuples(row) == 0) {
        return status;
    }
    result->finality = strdup(PQgetvalue(row, 0, 0));
    result->certificate = strdup(PQgetvalue(row, 0, 1));
    return result->finality != NULL && result->certificate != NULL
               ? status
               : tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for an answer");
}

struct tw_status agent_answer_fill(PGconn *connection, const struct agent_window *window,
                                   size_t member, struct tw_settlement_result *ret_result,
                                   struct tw_error *ret_error) {
    *ret_result = (struct tw_settlement_result){.window_no = window->window_no,
                                                .open_window_no = window->open_window_no};
    agent_answer_outcome(ret_result, TW_RC_APPROVED, NULL);
    if (member == SIZE_MAX) {
        agent_answer_outcome(ret_result, TW_RC_SECURITY_VIOLATION, "not a participant");
        say(ret_result, "not a participant of this window");
        return tw_success();
    }
    snprintf(ret_result->status, sizeof ret_result->status, "%s", window->state);
    ret_result->submitted = window->members[member].revision > 0;
    if (window->state[0] == '\0') {
        bool ahead = window->window_no > window->open_window_no;
        snprintf(ret_result->status, sizeof ret_result->status, "%s", ahead ? "OPEN" : "");
        agent_answer_outcome(ret_result, ahead ? TW_RC_APPROVED : TW_RC_ORIGINAL_NOT_FOUND, NULL);
        say(ret_result, ahead ? "the network has not come to this window yet"
                              : "the agent began with a later window");
    } else if (agent_window_is(window, "OPEN")) {
        say(ret_result, "the network's open window");
    } else if (agent_window_is(window, "CLOSED")) {
        tell_closed(window, member, ret_result);
    } else if (agent_window_is(window, "PENDING_SETTLEMENT")) {
        say(ret_result, window->reason);
        tell_cap(window, member, ret_result);
    } else {
        return read_finality(connection, window, member, ret_result, ret_error);
    }
    return tw_success();
}

struct status_question {
    struct agent *agent;
    int32_t bank_code;
    int64_t window_no;
    struct tw_settlement_result *result;
};

static struct tw_status read_status(PGconn *connection, void *context, struct tw_error *ret_error) {
    const struct status_question *question = context;
    struct agent_window window;
    tw_fields_clear(tw_settlement_result_fields, question->result);
    struct tw_status status = agent_snapshot_read(
        connection, question->window_no, tw_wall_ms(question->agent->clock), &window, ret_error);
    if (tw_ok(status)) {
        status = agent_answer_fill(connection, &window,
                                   agent_window_member(&window, question->bank_code),
                                   question->result, ret_error);
    }
    agent_window_clear(&window);
    return status;
}

struct tw_status agent_answer_status(struct agent *agent, int32_t bank_code, int64_t window_no,
                                     struct tw_settlement_result *ret_result,
                                     struct tw_error *ret_error) {
    struct status_question question = {agent, bank_code, window_no, ret_result};
    return agent_books_run(&agent->books, AGENT_READ, read_status, &question, ret_error);
}

struct account_question {
    int32_t bank_code;
    struct tw_settlement_account_result *result;
};

static struct tw_status read_account(PGconn *connection, void *context,
                                     struct tw_error *ret_error) {
    const struct account_question *question = context;
    struct tw_settlement_account_result *result = question->result;
    char code[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_RESULT row = NULL;
    *result = (struct tw_settlement_account_result){0};
    struct tw_status status = CTL_QUERY(connection, agent_sql_account_read, &row, ret_error,
                                        ctl_number_text(question->bank_code, code));
    if (!tw_ok(status)) {
        return status;
    }
    bool found = PQntuples(row) > 0;
    result->outcome.rc = found ? TW_RC_APPROVED : TW_RC_SECURITY_VIOLATION;
    snprintf(result->outcome.text, sizeof result->outcome.text, "%s",
             found ? tw_rc_text(TW_RC_APPROVED) : "not a participant");
    if (found) {
        snprintf(result->currency.code, sizeof result->currency.code, "%s", PQgetvalue(row, 0, 0));
        snprintf(result->status, sizeof result->status, "%s", PQgetvalue(row, 0, 1));
        result->cap = ctl_result_number(row, 0, 2);
        result->reserve = ctl_result_number(row, 0, 3);
        result->prefunding = ctl_result_number(row, 0, 4);
    }
    return status;
}

struct tw_status agent_answer_account(struct agent *agent, int32_t bank_code,
                                      struct tw_settlement_account_result *ret_result,
                                      struct tw_error *ret_error) {
    struct account_question question = {bank_code, ret_result};
    return agent_books_run(&agent->books, AGENT_READ, read_account, &question, ret_error);
}
