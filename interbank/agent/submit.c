/*
 * Form, signature and signer are checked before the database is asked; the rest under the agent's
 * lock, against the window as it is. A refusal changes nothing. Positions that contradict a peer's
 * are no refusal: they are stored, so that the peer hears of it too.
 */
#include "agent/submit.h"

#include <string.h>

#include "agent/answer.h"
#include "agent/decide.h"
#include "agent/snapshot.h"
#include "agent_sql.h"
#include "core/crash.h"
#include "core/log.h"
#include "wire/json.h"

struct submission {
    struct agent *agent;
    int32_t bank_code;
    const struct tw_settlement_submit_request *request;
    struct ib_positions *positions;
    struct tw_settlement_result *result;
    bool stored; /* by this run */
};

/* --- what the statement itself says ------------------------------------------------------------
 */

static struct tw_status refuse_form(struct submission *submission, enum tw_rc rc,
                                    const char *reason) {
    *submission->result =
        (struct tw_settlement_result){.window_no = submission->request->window_no};
    agent_answer_outcome(submission->result, rc, NULL);
    snprintf(submission->result->reason, sizeof submission->result->reason, "%.127s", reason);
    return tw_success();
}

/* False: answered already. */
static bool check_speaker(struct submission *submission, const struct tw_identity *signer) {
    const struct ib_positions *positions = submission->positions;
    struct tw_status answered = tw_success();
    bool own = signer->kind == TW_ID_BANK && signer->bank_code == submission->bank_code &&
               positions->bank == submission->bank_code;
    if (!own) {
        answered = refuse_form(submission, TW_RC_SECURITY_VIOLATION,
                               "signed by, or speaking for, another than who sends it");
    } else if (positions->window_no != submission->request->window_no) {
        answered = refuse_form(submission, TW_RC_FORMAT_ERROR,
                               "the statement is about another window than the request");
    }
    (void)answered;
    return own && positions->window_no == submission->request->window_no;
}

/* *ret_go_on: nothing is answered yet. */
static struct tw_status open_statement(struct submission *submission, bool *ret_go_on,
                                       struct tw_error *ret_error) {
    struct tw_identity signer;
    TW_JSON_OWNED json_t *payload = NULL;
    *ret_go_on = false;
    struct tw_status status =
        ib_signed_open(&submission->agent->trust, IB_TYPE_POSITIONS, submission->request->statement,
                       submission->request->certificate, &signer, &payload, ret_error);
    if (status.code == TW_E_CONFIG || status.code == TW_E_NO_MEMORY) {
        return status;
    }
    if (!tw_ok(status)) {
        return refuse_form(submission, TW_RC_SECURITY_VIOLATION, ret_error->detail);
    }
    status = ib_positions_read(payload, submission->positions, ret_error);
    if (!tw_ok(status)) {
        return refuse_form(submission, TW_RC_FORMAT_ERROR, ret_error->detail);
    }
    *ret_go_on = check_speaker(submission, &signer);
    return tw_success();
}

/* --- against the window -------------------------------------------------------------------------
 */

static struct tw_status refuse(struct submission *submission, enum tw_rc rc, const char *reason) {
    agent_answer_outcome(submission->result, rc, NULL);
    snprintf(submission->result->reason, sizeof submission->result->reason, "%.127s", reason);
    return tw_success();
}

static const struct ib_position *find_position(const struct ib_positions *positions, int32_t peer) {
    for (size_t i = 0; i < positions->position_count; i++) {
        if (positions->positions[i].peer == peer) {
            return &positions->positions[i];
        }
    }
    return NULL;
}

static bool is_empty(const struct ib_position *position) {
    return position->debit_count == 0 && position->debit_amount == 0 &&
           position->credit_count == 0 && position->credit_amount == 0;
}

/* Positions name every member that the bank settles with, and owe nothing to and from anybody
 * else. NULL when so. */
static const char *find_fault(const struct submission *submission,
                              const struct agent_window *window, size_t member, char *buffer,
                              size_t size) {
    const struct ib_positions *positions = submission->positions;
    if (!tw_currency_equal(positions->currency, window->members[member].currency)) {
        return "currency: not that of the participant's accounts";
    }
    for (size_t i = 0; i < window->member_count; i++) {
        int32_t code = window->members[i].bank_code;
        if (agent_window_pair(window, member, i) && find_position(positions, code) == NULL) {
            snprintf(buffer, size, "positions: none about %d", (int)code);
            return buffer;
        }
    }
    for (size_t i = 0; i < positions->position_count; i++) {
        size_t peer = agent_window_member(window, positions->positions[i].peer);
        bool known = peer != SIZE_MAX &&
                     tw_currency_equal(window->members[peer].currency, positions->currency);
        if (!known && !is_empty(&positions->positions[i])) {
            snprintf(buffer, size, "positions: %d is no participant in this currency",
                     (int)positions->positions[i].peer);
            return buffer;
        }
    }
    return NULL;
}

enum seen { SEEN_NEVER, SEEN_ALIKE, SEEN_OTHERWISE };

/* Whether this revision is stored, and says the same. */
static struct tw_status look_up(PGconn *connection, const struct submission *submission,
                                enum seen *ret_seen, struct tw_error *ret_error) {
    char window[CTL_NUMBER_TEXT_SIZE];
    char bank[CTL_NUMBER_TEXT_SIZE];
    char revision[CTL_NUMBER_TEXT_SIZE];
    const struct ib_positions *positions = submission->positions;
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = CTL_QUERY(connection, agent_sql_submission_read, &rows, ret_error,
                                        ctl_number_text(positions->window_no, window),
                                        ctl_number_text(positions->bank, bank),
                                        ctl_number_text(positions->revision, revision));
    if (!tw_ok(status)) {
        return status;
    }
    /* A row of NULLs when the revision is there without any position. */
    int count = PQntuples(rows) == 1 && PQgetisnull(rows, 0, 0) ? 0 : PQntuples(rows);
    *ret_seen = PQntuples(rows) == 0 ? SEEN_NEVER : SEEN_ALIKE;
    if (*ret_seen == SEEN_ALIKE && (size_t)count != positions->position_count) {
        *ret_seen = SEEN_OTHERWISE;
    }
    for (int row = 0; *ret_seen == SEEN_ALIKE && row < count; row++) {
        const struct ib_position *position =
            find_position(positions, (int32_t)ctl_result_number(rows, row, 0));
        bool alike = position != NULL && position->debit_count == ctl_result_number(rows, row, 1) &&
                     position->debit_amount == ctl_result_number(rows, row, 2) &&
                     position->credit_count == ctl_result_number(rows, row, 3) &&
                     position->credit_amount == ctl_result_number(rows, row, 4) &&
                     position->breaks == ctl_result_number(rows, row, 5);
        *ret_seen = alike ? SEEN_ALIKE : SEEN_OTHERWISE;
    }
    return status;
}

static struct tw_status insert_position(PGconn *connection, const char *window, const char *bank,
                                        const char *revision, const struct ib_position *position,
                                        struct tw_error *ret_error) {
    char texts[6][CTL_NUMBER_TEXT_SIZE];
    return CTL_QUERY(connection, agent_sql_position_insert, NULL, ret_error, window, bank, revision,
                     ctl_number_text(position->peer, texts[0]),
                     ctl_number_text(position->debit_count, texts[1]),
                     ctl_number_text(position->debit_amount, texts[2]),
                     ctl_number_text(position->credit_count, texts[3]),
                     ctl_number_text(position->credit_amount, texts[4]),
                     ctl_number_text(position->breaks, texts[5]));
}

static struct tw_status store(PGconn *connection, struct submission *submission,
                              struct tw_error *ret_error) {
    char window[CTL_NUMBER_TEXT_SIZE];
    char bank[CTL_NUMBER_TEXT_SIZE];
    char revision[CTL_NUMBER_TEXT_SIZE];
    char net[CTL_NUMBER_TEXT_SIZE];
    const struct ib_positions *positions = submission->positions;
    ctl_number_text(positions->window_no, window);
    ctl_number_text(positions->bank, bank);
    ctl_number_text(positions->revision, revision);
    struct tw_status status =
        CTL_QUERY(connection, agent_sql_submission_insert, NULL, ret_error, window, bank, revision,
                  ctl_number_text(positions->net, net), submission->request->statement,
                  submission->request->certificate);
    for (size_t i = 0; tw_ok(status) && i < positions->position_count; i++) {
        status = insert_position(connection, window, bank, revision, &positions->positions[i],
                                 ret_error);
    }
    submission->stored = tw_ok(status);
    return status;
}

/* Is it the next revision of a window that takes any? Answered when not. */
static struct tw_status admit(struct submission *submission, const struct agent_window *window,
                              size_t member, enum seen seen, bool *ret_new) {
    char buffer[96];
    const char *fault = NULL;
    *ret_new = false;
    if (seen == SEEN_ALIKE) {
        return tw_success();
    }
    if (window->window_no >= window->open_window_no) {
        return refuse(submission, TW_RC_CUT_OVER, "the network has not closed this window yet");
    }
    if (window->state[0] == '\0') {
        return refuse(submission, TW_RC_ORIGINAL_NOT_FOUND, "the agent began with a later window");
    }
    if (!agent_window_is(window, "CLOSED")) {
        return refuse(submission, TW_RC_DUPLICATE,
                      "the window is pending or final with other positions");
    }
    if (seen == SEEN_OTHERWISE ||
        submission->positions->revision <= window->members[member].revision) {
        return refuse(submission, TW_RC_DUPLICATE,
                      "this or a higher revision is here, with other content");
    }
    fault = find_fault(submission, window, member, buffer, sizeof buffer);
    if (fault != NULL) {
        return refuse(submission, TW_RC_FORMAT_ERROR, fault);
    }
    *ret_new = true;
    return tw_success();
}

/* After storing: what the window is now, which may be complete. */
static struct tw_status take(PGconn *connection, struct submission *submission,
                             struct tw_error *ret_error) {
    struct agent *agent = submission->agent;
    struct agent_window window = {0};
    struct tw_status status = store(connection, submission, ret_error);
    if (tw_ok(status)) {
        status = agent_decide_pending(agent, connection, submission->positions->window_no, &window,
                                      ret_error);
    }
    if (tw_ok(status)) {
        status = agent_answer_fill(connection, &window,
                                   agent_window_member(&window, submission->bank_code),
                                   submission->result, ret_error);
    }
    agent_window_clear(&window);
    return status;
}

static struct tw_status decide(PGconn *connection, void *context, struct tw_error *ret_error) {
    struct submission *submission = context;
    struct agent_window window;
    enum seen seen = SEEN_NEVER;
    bool is_new = false;
    submission->stored = false;
    tw_fields_clear(tw_settlement_result_fields, submission->result);
    struct tw_status status =
        agent_snapshot_read(connection, submission->request->window_no,
                            tw_wall_ms(submission->agent->clock), &window, ret_error);
    size_t member = agent_window_member(&window, submission->bank_code);
    if (tw_ok(status)) {
        status = agent_answer_fill(connection, &window, member, submission->result, ret_error);
    }
    if (tw_ok(status) && member != SIZE_MAX) {
        status = look_up(connection, submission, &seen, ret_error);
        if (tw_ok(status)) {
            status = admit(submission, &window, member, seen, &is_new);
        }
    }
    agent_window_clear(&window);
    return tw_ok(status) && is_new ? take(connection, submission, ret_error) : status;
}

static void note(struct submission *submission) {
    struct agent_counters *counters = &submission->agent->counters;
    enum tw_rc rc = submission->result->outcome.rc;
    bool disputed = rc == TW_RC_RECONCILE_ERROR;
    counters->accepted += rc == TW_RC_APPROVED;
    counters->disputed += disputed;
    counters->refused += rc != TW_RC_APPROVED && !disputed;
    tw_log(rc == TW_RC_APPROVED ? TW_LOG_INFO : TW_LOG_WARN, "positions",
           TW_INT("bank", submission->bank_code), TW_INT("window", submission->request->window_no),
           TW_INT("revision", submission->positions->revision), TW_STR("rc", tw_rc_digits(rc)),
           TW_STR("status", submission->result->status),
           TW_STR("reason", submission->result->reason), TW_INT("stored", submission->stored));
}

struct tw_status agent_submit(struct agent *agent, int32_t bank_code,
                              const struct tw_settlement_submit_request *request,
                              struct tw_settlement_result *ret_result, struct tw_error *ret_error) {
    struct ib_positions positions = {0};
    struct submission submission = {.agent = agent,
                                    .bank_code = bank_code,
                                    .request = request,
                                    .positions = &positions,
                                    .result = ret_result};
    bool go_on = false;
    struct tw_status status = open_statement(&submission, &go_on, ret_error);
    if (tw_ok(status) && go_on) {
        status = agent_books_run(&agent->books, AGENT_DECIDE, decide, &submission, ret_error);
    }
    if (tw_ok(status)) {
        note(&submission);
    }
    if (tw_ok(status) && submission.stored) {
        tw_crash_point("agent.submitted");
    }
    return status;
}
