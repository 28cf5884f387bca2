/*
 * What is submitted is what the database says that was agreed, read together with the revision; so
 * every bank server submits the same under one revision, and the agent may hear it from several.
 *
 * Whether the agent has positions of ours is not asked: it could be those of an earlier revision.
 */
#include "flow/clearing_agent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"
#include "flow/clearing_finality.h"
#include "flow/window.h"

#define TALKS_MAX 4

struct bank_agent_talk {
    struct bank_clearing *clearing;
    struct bank_agent_talk *next;
    struct bank_window_view window;
    bool following;  /* only the open window is of interest */
    bool submitting; /* the question is settlement.submit */
    bool in_database;
    bool done; /* what the statement was to do was still to be done */
};

/* --- life ------------------------------------------------------------------------------------- */

static bool under_way(const struct bank_clearing *clearing, int32_t window_no) {
    for (const struct bank_agent_talk *talk = clearing->asked; talk != NULL; talk = talk->next) {
        if (talk->window.window_no == window_no) {
            return true;
        }
    }
    return false;
}

static void end(struct bank_agent_talk *talk) {
    struct bank_clearing *clearing = talk->clearing;
    struct bank_agent_talk **link = &clearing->asked;
    while (*link != talk) {
        link = &(*link)->next;
    }
    *link = talk->next;
    clearing->asked_count--;
    free(talk);
}

void bank_agent_lost(struct bank_clearing *clearing) {
    struct bank_agent_talk *talk = clearing->asked;
    while (talk != NULL) {
        struct bank_agent_talk *next = talk->next;
        if (talk->in_database) {
            end(talk);
        }
        talk = next;
    }
}

/* NULL: not now. */
static struct bank_agent_talk *begin(struct bank_clearing *clearing,
                                     const struct bank_window_view *window) {
    bool possible = clearing->asked_count < TALKS_MAX && bank_clearing_alive(clearing) &&
                    !under_way(clearing, window->window_no);
    struct bank_agent_talk *talk = possible ? calloc(1, sizeof *talk) : NULL;
    if (talk != NULL) {
        talk->clearing = clearing;
        talk->window = *window;
        talk->next = clearing->asked;
        clearing->asked = talk;
        clearing->asked_count++;
    }
    return talk;
}

/* Notes what the window waits for, and ends the talk. */
static void wait_for(struct bank_agent_talk *talk, const char *reason) {
    bank_window_note(talk->clearing, talk->window.window_no, reason);
    end(talk);
}

/* --- disputed -----------------------------------------------------------------------------------
 */

static void on_disputed(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_agent_talk *talk = context;
    if (!tw_ok(status)) {
        tw_log(TW_LOG_WARN, "reconciling again failed", TW_STR("reason", error->detail));
    } else if (talk->done) {
        tw_crash_point("clearing.disputed");
        tw_log(TW_LOG_WARN, "positions contradicted, pairs are reconciled again",
               TW_INT("window_no", talk->window.window_no),
               TW_INT("revision", talk->window.revision));
    }
    end(talk);
}

static void on_dispute_noted(void *context, PGresult *result) {
    struct bank_agent_talk *talk = context;
    talk->done = PQntuples(result) == 1 && bank_row_bool(result, 0, 0);
}

static void dispute(struct bank_agent_talk *talk, const struct tw_settlement_result *answer) {
    struct bank_clearing *clearing = talk->clearing;
    talk->in_database = true;
    bank_params_i32(&clearing->params, talk->window.window_no);
    bank_params_i32(&clearing->params, talk->window.revision);
    bank_params_array(&clearing->params, BANK_INT4, answer->disputed_count);
    for (size_t i = 0; i < answer->disputed_count; i++) {
        bank_params_i32(&clearing->params, answer->disputed[i].bank_code);
    }
    bank_params_i64(&clearing->params, tw_ahead_ms(clearing->trust.clock));
    bank_db_send(clearing->db, BANK_SQL_window_dispute, &clearing->params, on_dispute_noted, talk);
    bank_db_sync(clearing->db, on_disputed, talk);
}

/* --- what the agent answers ---------------------------------------------------------------------
 */

static bool is_acknowledged(const struct bank_clearing *clearing,
                            const struct bank_window_view *window) {
    for (size_t i = 0; i < BANK_WINDOWS_MAX; i++) {
        if (clearing->acknowledged[i].window_no == window->window_no &&
            clearing->acknowledged[i].revision == window->revision) {
            return true;
        }
    }
    return false;
}

static void acknowledge(struct bank_agent_talk *talk) {
    struct bank_clearing *clearing = talk->clearing;
    if (!is_acknowledged(clearing, &talk->window)) {
        size_t i = clearing->acknowledged_next;
        clearing->acknowledged[i] = (struct bank_acknowledged){.window_no = talk->window.window_no,
                                                               .revision = talk->window.revision};
        clearing->acknowledged_next = (i + 1) % BANK_WINDOWS_MAX;
        tw_log(TW_LOG_INFO, "positions submitted", TW_INT("window_no", talk->window.window_no),
               TW_INT("revision", talk->window.revision));
    }
}

static void say_missing(const struct tw_settlement_result *answer, char reason[BANK_REASON_SIZE]) {
    int used = snprintf(reason, BANK_REASON_SIZE, "the settlement agent waits for positions of");
    for (size_t i = 0; i < answer->missing_count && used > 0 && used < BANK_REASON_SIZE - 16; i++) {
        used += snprintf(reason + used, BANK_REASON_SIZE - (size_t)used, "%s %" PRId32,
                         i == 0 ? "" : ",", answer->missing[i].bank_code);
    }
}

static void say_why(const struct tw_settlement_result *answer, char reason[BANK_REASON_SIZE]) {
    if (answer->outcome.rc != TW_RC_APPROVED && answer->outcome.rc != TW_RC_RECONCILE_ERROR) {
        (void)snprintf(reason, BANK_REASON_SIZE, "the settlement agent refuses: %s %s%s%s",
                       tw_rc_digits(answer->outcome.rc), answer->outcome.text,
                       answer->reason[0] != '\0' ? ": " : "", answer->reason);
    } else if (answer->reason[0] != '\0') {
        (void)snprintf(reason, BANK_REASON_SIZE, "the settlement agent: %s", answer->reason);
    } else if (answer->missing_count > 0) {
        say_missing(answer, reason);
    } else {
        (void)snprintf(reason, BANK_REASON_SIZE, "the settlement agent has the positions");
    }
}

static void take_answer(struct bank_agent_talk *talk, const struct tw_settlement_result *answer) {
    struct bank_clearing *clearing = talk->clearing;
    char reason[BANK_REASON_SIZE];
    if (answer->open_window_no > 0) {
        bank_windows_follow(clearing->flows, (int32_t)answer->open_window_no);
    }
    if (talk->following || answer->window_no != talk->window.window_no) {
        end(talk);
        return;
    }
    bool accepted =
        answer->outcome.rc == TW_RC_APPROVED || answer->outcome.rc == TW_RC_RECONCILE_ERROR;
    if (talk->submitting && accepted) {
        tw_crash_point("clearing.submitted");
        acknowledge(talk);
    }
    if (answer->finality != NULL && answer->certificate != NULL) {
        bank_finality_begin(clearing, talk->window.window_no, answer->finality,
                            answer->certificate);
        end(talk);
    } else if (answer->disputed_count > 0) {
        dispute(talk, answer);
    } else {
        say_why(answer, reason);
        wait_for(talk, reason);
    }
}

static void on_answer(void *context, const struct tw_answer *answer) {
    struct bank_agent_talk *talk = context;
    struct tw_error error = {0};
    char reason[BANK_REASON_SIZE];
    if (!bank_clearing_alive(talk->clearing)) {
        end(talk);
        return;
    }
    if (!tw_ok(answer->status) || answer->result == NULL) {
        const char *text = json_string_value(json_object_get(answer->rpc_error, "message"));
        (void)snprintf(reason, sizeof reason, "the settlement agent %s%.100s",
                       text != NULL ? "answers: " : "cannot be reached", text != NULL ? text : "");
        if (talk->following) {
            end(talk);
        } else {
            wait_for(talk, reason);
        }
        return;
    }
    struct tw_settlement_result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        end(talk);
        return;
    }
    struct tw_status status =
        tw_fields_read(answer->result, tw_settlement_result_fields, result, &error);
    if (tw_ok(status)) {
        take_answer(talk, result);
    } else {
        (void)snprintf(reason, sizeof reason, "the settlement agent's answer is refused: %.150s",
                       error.detail);
        wait_for(talk, reason);
    }
    tw_fields_clear(tw_settlement_result_fields, result);
    free(result);
}

/* --- positions ----------------------------------------------------------------------------------
 */

static bool fill_positions(const struct bank_agent_talk *talk, struct ib_positions *positions) {
    const struct bank_clearing *clearing = talk->clearing;
    const struct bank_window_view *window = &talk->window;
    positions->bank = clearing->flows->services->bank_code;
    positions->window_no = window->window_no;
    positions->revision = window->revision;
    positions->currency = clearing->currency;
    if (window->pair_count > TW_PARTICIPANTS_MAX) {
        return false;
    }
    for (size_t i = 0; i < window->pair_count; i++) {
        const struct bank_pair_view *pair = &clearing->pairs[window->first_pair + i];
        positions->positions[positions->position_count++] =
            (struct ib_position){.peer = pair->peer,
                                 .debit_count = pair->debit_count,
                                 .debit_amount = pair->debit_minor,
                                 .credit_count = pair->credit_count,
                                 .credit_amount = pair->credit_minor,
                                 .breaks = pair->breaks};
        positions->net += pair->debit_minor - pair->credit_minor;
    }
    return true;
}

static struct tw_status seal_positions(const struct bank_agent_talk *talk, char **ret_statement,
                                       struct tw_error *ret_error) {
    struct ib_positions *positions = calloc(1, sizeof *positions);
    *ret_statement = NULL;
    if (positions == NULL || !fill_positions(talk, positions)) {
        free(positions);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "too many pairs for one statement");
    }
    struct tw_status status =
        ib_signer_seal(talk->clearing->signer, IB_TYPE_POSITIONS,
                       tw_fields_write(ib_positions_fields, positions), ret_statement, ret_error);
    free(positions);
    return status;
}

static void submit(struct bank_agent_talk *talk) {
    struct tw_error error = {0};
    char *statement = NULL;
    struct tw_status status = seal_positions(talk, &statement, &error);
    if (!tw_ok(status)) {
        tw_log(TW_LOG_ERROR, "positions not signed", TW_STR("reason", error.detail));
        end(talk);
        return;
    }
    talk->submitting = true;
    tw_crash_point("clearing.submitting");
    bank_clearing_ask_agent(talk->clearing, TW_METHOD_SETTLEMENT_SUBMIT,
                            json_pack("{s:i, s:s, s:s}", "window_no", talk->window.window_no,
                                      "statement", statement, "certificate",
                                      ib_signer_certificate(talk->clearing->signer)),
                            on_answer, talk);
    free(statement);
}

static void ask(struct bank_agent_talk *talk) {
    bank_clearing_ask_agent(talk->clearing, TW_METHOD_SETTLEMENT_STATUS,
                            json_pack("{s:i}", "window_no", talk->window.window_no), on_answer,
                            talk);
}

void bank_agent_ask(struct bank_clearing *clearing, const struct bank_window_view *window) {
    struct bank_agent_talk *talk = begin(clearing, window);
    if (talk != NULL && is_acknowledged(clearing, window)) {
        ask(talk);
    } else if (talk != NULL) {
        submit(talk);
    }
}

void bank_agent_follow(struct bank_clearing *clearing, int32_t window_no) {
    const struct bank_window_view window = {.window_no = window_no};
    struct bank_agent_talk *talk = begin(clearing, &window);
    if (talk != NULL) {
        talk->following = true;
        ask(talk);
    }
}

/* --- all are agreed ----------------------------------------------------------------------------
 */

static void on_revision(void *context, PGresult *result) {
    struct bank_agent_talk *talk = context;
    talk->done = PQntuples(result) == 1 && !bank_row_null(result, 0, 0);
}

static void on_raised(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_agent_talk *talk = context;
    struct bank_clearing *clearing = talk->clearing;
    bool raised = tw_ok(status) && talk->done;
    if (!tw_ok(status)) {
        tw_log(TW_LOG_WARN, "submitting failed", TW_STR("reason", error->detail));
    }
    end(talk);
    if (raised) {
        tw_crash_point("clearing.raised");
        bank_clearing_poll(clearing); /* reads what is to be submitted */
    }
}

void bank_agent_submit(struct bank_clearing *clearing, const struct bank_window_view *window) {
    struct bank_agent_talk *talk = begin(clearing, window);
    if (talk != NULL) {
        talk->in_database = true;
        bank_params_i32(&clearing->params, window->window_no);
        bank_db_send(clearing->db, BANK_SQL_window_submit, &clearing->params, on_revision, talk);
        bank_db_sync(clearing->db, on_raised, talk);
    }
}
