/*
 * The peer is asked first and our own book read after it: both answers then hold every item that
 * either bank decided in the window, because both had closed it before.
 *
 * What the peer says counts when its signature, its certificate and every name in it are right;
 * anything else changes nothing but the reason that operators read.
 */
#include "flow/clearing_pair.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"
#include "flow/clearing_compare.h"
#include "wire/json.h"

/* --- life ------------------------------------------------------------------------------------- */

bool bank_talk_under_way(const struct bank_clearing *clearing, int32_t window_no, int32_t peer) {
    for (const struct bank_talk *talk = clearing->talks; talk != NULL; talk = talk->next) {
        if (talk->window_no == window_no && talk->peer == peer) {
            return true;
        }
    }
    return false;
}

void bank_talk_end(struct bank_talk *talk) {
    struct bank_clearing *clearing = talk->clearing;
    struct bank_talk **link = &clearing->talks;
    while (*link != talk) {
        link = &(*link)->next;
    }
    *link = talk->next;
    clearing->talk_count--;
    bank_comparison_free(talk->comparison);
    free(talk->statement);
    free(talk->certificate);
    free(talk);
}

void bank_talk_over(struct bank_talk *talk) {
    struct bank_clearing *clearing = talk->clearing;
    bank_talk_end(talk);
    bank_clearing_next(clearing);
}

void bank_talks_lost(struct bank_clearing *clearing) {
    struct bank_talk *talk = clearing->talks;
    while (talk != NULL) {
        struct bank_talk *next = talk->next;
        if (talk->in_database) {
            bank_talk_end(talk);
        }
        talk = next;
    }
}

void bank_talk_log_failure(const struct bank_talk *talk, const struct tw_error *error) {
    tw_log(TW_LOG_WARN, "reconciliation failed", TW_INT("window_no", talk->window_no),
           TW_INT("peer", talk->peer), TW_STR("reason", error->detail));
}

/* --- noting ------------------------------------------------------------------------------------
 */

static void on_news(void *context, PGresult *result) {
    struct bank_talk *talk = context;
    talk->news = PQntuples(result) == 1 && bank_row_bool(result, 0, 0);
}

static void on_noted(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_talk *talk = context;
    talk->in_database = false;
    if (!tw_ok(status)) {
        bank_talk_log_failure(talk, error);
    } else if (talk->news) {
        tw_log(talk->refused ? TW_LOG_WARN : TW_LOG_INFO, "reconciliation waits",
               TW_INT("window_no", talk->window_no), TW_INT("peer", talk->peer),
               TW_STR("reason", talk->reason));
    }
    bank_talk_over(talk);
}

void bank_talk_note(struct bank_talk *talk, const char *state, const char *reason) {
    struct bank_clearing *clearing = talk->clearing;
    if (!bank_clearing_alive(clearing)) {
        bank_talk_end(talk);
        return;
    }
    if (reason != talk->reason) {
        (void)snprintf(talk->reason, sizeof talk->reason, "%s", reason);
    }
    talk->in_database = true;
    bank_params_i32(&clearing->params, talk->window_no);
    bank_params_i32(&clearing->params, talk->peer);
    bank_params_text(&clearing->params, state);
    bank_params_text(&clearing->params, talk->reason);
    bank_params_i64(&clearing->params, tw_ahead_ms(clearing->trust.clock));
    bank_db_send(clearing->db, BANK_SQL_pair_note, &clearing->params, on_news, talk);
    bank_db_sync(clearing->db, on_noted, talk);
}

static void refuse(struct bank_talk *talk, const char *reason) {
    char noted[BANK_REASON_SIZE];
    talk->refused = true;
    talk->facts.refusal = reason;
    (void)bank_pair_judge(&talk->facts, noted);
    talk->facts.refusal = NULL;
    bank_talk_note(talk, talk->state, noted);
}

/* --- our own book ----------------------------------------------------------------------------- */

static void on_state(void *context, PGresult *result) {
    struct bank_talk *talk = context;
    if (PQntuples(result) == 1) {
        bank_row_bytes(result, 0, 0, talk->facts.ours.currency.code, 3);
        talk->facts.in_doubt_here = bank_row_i64(result, 0, 2, 0);
        talk->facts.both_closed_ms = bank_row_i64(result, 0, 4, -1);
    }
}

static void on_positions(void *context, PGresult *result) {
    struct bank_talk *talk = context;
    bank_pair_positions_take(&talk->positions, result);
}

static void on_read(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_talk *talk = context;
    struct bank_pair_facts *facts = &talk->facts;
    char reason[BANK_REASON_SIZE];
    talk->in_database = false;
    if (!tw_ok(status)) {
        bank_talk_log_failure(talk, error);
        bank_talk_over(talk);
        return;
    }
    facts->ours = bank_pair_totals(&talk->positions, talk->clearing->flows->services->bank_code,
                                   talk->peer, talk->window_no, facts->ours.currency);
    if (!tw_currency_equal(facts->ours.currency, facts->theirs.currency) && !facts->open_there) {
        refuse(talk, "its totals are in another currency");
        return;
    }
    switch (bank_pair_judge(facts, reason)) {
    case BANK_AGREE:
        bank_talk_agree(talk, NULL);
        break;
    case BANK_COMPARE:
        bank_comparison_begin(talk);
        break;
    case BANK_DRAIN:
        bank_talk_note(talk, strcmp(talk->state, "WAITING") == 0 ? "DRAINING" : talk->state,
                       reason);
        break;
    case BANK_WAIT:
    default:
        bank_talk_note(talk, facts->open_there ? "WAITING" : talk->state, reason);
        break;
    }
}

static void read_own(struct bank_talk *talk) {
    struct bank_clearing *clearing = talk->clearing;
    if (!bank_clearing_alive(clearing)) {
        bank_talk_end(talk);
        return;
    }
    talk->in_database = true;
    bank_params_i32(&clearing->params, talk->window_no);
    bank_params_i32(&clearing->params, talk->peer);
    bank_params_i64(&clearing->params, clearing->options.drain_ms);
    bank_params_i64(&clearing->params, tw_ahead_ms(clearing->trust.clock));
    bank_db_send(clearing->db, BANK_SQL_window_state, &clearing->params, on_state, talk);
    bank_params_i32(&clearing->params, talk->window_no);
    bank_params_i32(&clearing->params, talk->peer);
    bank_db_send(clearing->db, BANK_SQL_pair_positions, &clearing->params, on_positions, talk);
    bank_db_sync(clearing->db, on_read, talk);
}

/* --- the peer's totals --------------------------------------------------------------------------
 */

/* Signed by the peer itself, about us, this window and our currency. */
static struct tw_status open_statement(struct bank_talk *talk, struct tw_error *ret_error) {
    const struct bank_clearing *clearing = talk->clearing;
    struct ib_totals *theirs = &talk->facts.theirs;
    struct tw_identity signer = {0};
    TW_JSON_OWNED json_t *payload = NULL;
    struct tw_status status = ib_signed_open(&clearing->trust, IB_TYPE_TOTALS, talk->statement,
                                             talk->certificate, &signer, &payload, ret_error);
    if (tw_ok(status)) {
        status = ib_totals_read(payload, theirs, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    if (signer.kind != TW_ID_BANK || signer.bank_code != talk->peer) {
        return tw_fail(ret_error, TW_E_IDENTITY, "totals signed by %s", signer.text);
    }
    if (theirs->bank != talk->peer || theirs->peer != clearing->flows->services->bank_code) {
        return tw_fail(ret_error, TW_E_IDENTITY, "totals of bank %" PRId32 " about bank %" PRId32,
                       theirs->bank, theirs->peer);
    }
    if (theirs->window_no != talk->window_no) {
        return tw_fail(ret_error, TW_E_IDENTITY, "totals of window %" PRId64, theirs->window_no);
    }
    return status;
}

static struct tw_status read_totals(struct bank_talk *talk, const json_t *result,
                                    struct tw_error *ret_error) {
    struct tw_window_totals_result totals = {0};
    struct tw_status status =
        tw_fields_read(result, tw_window_totals_result_fields, &totals, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    talk->facts.open_there = strcmp(totals.status, "OPEN") == 0;
    talk->facts.in_doubt_there = totals.in_doubt;
    talk->statement = totals.statement; /* taken over */
    talk->certificate = totals.certificate;
    if (totals.outcome.rc != TW_RC_APPROVED) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "answers %s",
                       tw_rc_digits(totals.outcome.rc));
    }
    if (talk->facts.open_there) {
        return status;
    }
    if (talk->statement == NULL || talk->certificate == NULL) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "its totals are not signed");
    }
    return open_statement(talk, ret_error);
}

static void on_totals(void *context, const struct tw_answer *answer) {
    struct bank_talk *talk = context;
    struct tw_error error = {0};
    if (!bank_clearing_alive(talk->clearing)) {
        bank_talk_end(talk);
        return;
    }
    if (!tw_ok(answer->status)) {
        refuse(talk, answer->status.code == TW_E_NO_ROUTE ? "is not in the directory"
                                                          : "cannot be reached");
        return;
    }
    if (answer->result == NULL) {
        const char *text = json_string_value(json_object_get(answer->rpc_error, "message"));
        (void)snprintf(error.detail, sizeof error.detail, "answers: %.100s",
                       text != NULL ? text : "an error");
        refuse(talk, error.detail);
        return;
    }
    struct tw_status status = read_totals(talk, answer->result, &error);
    if (tw_ok(status)) {
        read_own(talk);
    } else {
        refuse(talk, error.detail);
    }
}

void bank_talk_begin(struct bank_clearing *clearing, const struct bank_pair_view *pair) {
    struct bank_talk *talk = calloc(1, sizeof *talk);
    if (talk == NULL) {
        return; /* the next poll */
    }
    talk->clearing = clearing;
    talk->window_no = pair->window_no;
    talk->peer = pair->peer;
    memcpy(talk->state, pair->state, sizeof talk->state);
    talk->facts = (struct bank_pair_facts){.peer = pair->peer,
                                           .window_no = pair->window_no,
                                           .both_closed_ms = -1,
                                           .drain_ms = clearing->options.drain_ms,
                                           .drain_max_ms = clearing->options.drain_max_ms};
    talk->next = clearing->talks;
    clearing->talks = talk;
    clearing->talk_count++;
    bank_clearing_ask(clearing, pair->peer, TW_METHOD_WINDOW_TOTALS,
                      json_pack("{s:i}", "window_no", pair->window_no), BANK_ASK_US, on_totals,
                      talk);
}
