/*
 * Nothing of the result is kept before it is posted: the agent says it again to whoever asks. It is
 * stored, as evidence, in the statement that makes the window final.
 */
#include "flow/clearing_finality.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"
#include "flow/step.h"
#include "ops/clearing.h"
#include "wire/json.h"

struct bank_finality_job {
    struct bank_clearing *clearing;
    struct bank_finality_job *next;
    int32_t window_no;
    struct ib_finality finality;
    char *signed_result, *certificate;
    bool to_close[TW_PARTICIPANTS_MAX]; /* of finality.pairs: paid, if only in part, and ours */
    size_t closed;                      /* of finality.pairs: done */
    bool in_database;
    bool finished;                    /* window_finish found it still to be done */
    int64_t cut[TW_PARTICIPANTS_MAX]; /* peers whose limits it lowered */
    size_t cut_count;
};

/* --- checking ----------------------------------------------------------------------------------
 */

static const struct ib_settled_pair *pair_of(const struct ib_finality *finality, int32_t peer) {
    for (size_t i = 0; i < finality->pair_count; i++) {
        if (finality->pairs[i].peer == peer) {
            return &finality->pairs[i];
        }
    }
    return NULL;
}

static const struct bank_pair_view *view_of(const struct bank_clearing *clearing,
                                            const struct bank_window_view *window, int32_t peer) {
    for (size_t i = 0; i < window->pair_count; i++) {
        const struct bank_pair_view *pair = &clearing->pairs[window->first_pair + i];
        if (pair->peer == peer) {
            return pair;
        }
    }
    return NULL;
}

/* Nothing, or what the two directions together can have been. */
static bool is_part_of(int64_t part, const struct bank_pair_view *pair) {
    return part == 0 || (pair != NULL && part <= pair->debit_minor && part >= -pair->credit_minor);
}

/* Every pair that settles, and no other, by what was submitted. */
static struct tw_status check_pairs(const struct bank_clearing *clearing,
                                    const struct bank_window_view *window,
                                    const struct ib_finality *finality,
                                    struct tw_error *ret_error) {
    for (size_t i = 0; i < window->pair_count; i++) {
        const struct bank_pair_view *pair = &clearing->pairs[window->first_pair + i];
        bool empty = pair->debit_count + pair->credit_count == 0;
        if (!empty && pair_of(finality, pair->peer) == NULL) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "pairs: bank %" PRId32 " is not there",
                           pair->peer);
        }
    }
    for (size_t i = 0; i < finality->pair_count; i++) {
        const struct ib_settled_pair *settled = &finality->pairs[i];
        const struct bank_pair_view *pair = view_of(clearing, window, settled->peer);
        int64_t net = pair != NULL ? pair->debit_minor - pair->credit_minor : 0;
        if (settled->settled && settled->net != net) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                           "pairs: net with bank %" PRId32 " is %" PRId64 ", %" PRId64
                           " was submitted",
                           settled->peer, settled->net, net);
        }
        if (!is_part_of(settled->part, pair)) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                           "pairs: part with bank %" PRId32 " is %" PRId64
                           ", more than was submitted",
                           settled->peer, settled->part);
        }
    }
    return tw_success();
}

struct tw_status bank_finality_check(const struct bank_clearing *clearing,
                                     const struct bank_window_view *window, const char *finality,
                                     const char *certificate, struct ib_finality *ret_finality,
                                     struct tw_error *ret_error) {
    struct tw_identity signer = {0};
    TW_JSON_OWNED json_t *payload = NULL;
    struct tw_status status = ib_signed_open(&clearing->trust, IB_TYPE_FINALITY, finality,
                                             certificate, &signer, &payload, ret_error);
    if (tw_ok(status)) {
        status = ib_finality_read(payload, ret_finality, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    if (signer.kind != TW_ID_AGENT) {
        return tw_fail(ret_error, TW_E_IDENTITY, "signed by %s", signer.text);
    }
    if (ret_finality->bank != clearing->flows->services->bank_code) {
        return tw_fail(ret_error, TW_E_IDENTITY, "bank: is %" PRId32, ret_finality->bank);
    }
    if (ret_finality->window_no != window->window_no) {
        return tw_fail(ret_error, TW_E_IDENTITY, "window_no: is %" PRId64, ret_finality->window_no);
    }
    if (!tw_currency_equal(ret_finality->currency, clearing->currency)) {
        return tw_fail(ret_error, TW_E_IDENTITY, "currency: is %s", ret_finality->currency.code);
    }
    return check_pairs(clearing, window, ret_finality, ret_error);
}

/* --- life ------------------------------------------------------------------------------------- */

static void end(struct bank_finality_job *job) {
    struct bank_finality_job **link = &job->clearing->finals;
    while (*link != job) {
        link = &(*link)->next;
    }
    *link = job->next;
    free(job->signed_result);
    free(job->certificate);
    free(job);
}

void bank_finality_lost(struct bank_clearing *clearing) {
    struct bank_finality_job *job = clearing->finals;
    while (job != NULL) {
        struct bank_finality_job *next = job->next;
        if (job->in_database) {
            end(job);
        }
        job = next;
    }
}

/* --- recording ---------------------------------------------------------------------------------
 */

int64_t bank_finality_limit(int64_t cap_minor, size_t participants) {
    return participants > 1 ? cap_minor / (int64_t)(participants - 1) : cap_minor;
}

static bool is_suspended(const struct ib_participant_state *participant) {
    return strcmp(participant->status, "SUSPENDED") == 0 ||
           strcmp(participant->status, "DEFAULTED") == 0;
}

static void put_settled(struct bank_params *params, const struct ib_finality *finality) {
    size_t count = 0;
    for (size_t i = 0; i < finality->pair_count; i++) {
        count += finality->pairs[i].settled ? 1 : 0;
    }
    bank_params_array(params, BANK_INT4, count);
    for (size_t i = 0; i < finality->pair_count; i++) {
        if (finality->pairs[i].settled) {
            bank_params_i32(params, finality->pairs[i].peer);
        }
    }
}

/* The own bank is among the participants; no peer row has its code. Limits follow only the caps of
 * those that could not pay from their reserve: how far to trust the others is this bank's own. */
static void put_participants(struct bank_params *params, const struct ib_finality *finality) {
    size_t suspended = 0;
    for (size_t i = 0; i < finality->participant_count; i++) {
        suspended += is_suspended(&finality->participants[i]) ? 1 : 0;
    }
    for (int column = 0; column < 2; column++) { /* whom to suspend, whose limit to lower */
        bank_params_array(params, BANK_INT4, suspended);
        for (size_t i = 0; i < finality->participant_count; i++) {
            if (is_suspended(&finality->participants[i])) {
                bank_params_i32(params, finality->participants[i].bank);
            }
        }
    }
    bank_params_array(params, BANK_INT8, suspended);
    for (size_t i = 0; i < finality->participant_count; i++) {
        if (is_suspended(&finality->participants[i])) {
            bank_params_i64(params, bank_finality_limit(finality->participants[i].cap,
                                                        finality->participant_count));
        }
    }
}

static void log_final(const struct bank_finality_job *job) {
    const struct ib_finality *finality = &job->finality;
    bool settled = strcmp(finality->result, "SETTLED") == 0;
    tw_log(settled ? TW_LOG_INFO : TW_LOG_ERROR, "settlement window final",
           TW_INT("window_no", job->window_no), TW_STR("result", finality->result),
           TW_STR("model", finality->model), TW_INT("net_minor", finality->net));
    for (size_t i = 0; i < finality->pair_count; i++) {
        if (!finality->pairs[i].settled) {
            tw_log(TW_LOG_WARN, "left out of the settlement", TW_INT("window_no", job->window_no),
                   TW_INT("peer", finality->pairs[i].peer),
                   TW_INT("net_minor", finality->pairs[i].net));
        }
    }
    for (size_t i = 0; i < job->cut_count; i++) {
        tw_log(TW_LOG_WARN, "limit of a peer lowered to its share of the cap",
               TW_INT("window_no", job->window_no), TW_INT("peer", job->cut[i]));
    }
    for (size_t i = 0; i < finality->participant_count; i++) {
        if (is_suspended(&finality->participants[i])) {
            tw_log(TW_LOG_WARN, "suspended by the settlement agent",
                   TW_INT("peer", finality->participants[i].bank),
                   TW_STR("status", finality->participants[i].status));
        }
    }
}

static void on_finish(void *context, PGresult *result) {
    struct bank_finality_job *job = context;
    job->finished = PQntuples(result) == 1 && !bank_row_null(result, 0, 0);
    if (job->finished) {
        job->cut_count = bank_row_i64_array(result, 0, 0, job->cut, TW_PARTICIPANTS_MAX);
    }
}

static void on_finished(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_finality_job *job = context;
    if (!tw_ok(status)) {
        tw_log(TW_LOG_WARN, "recording a settlement failed", TW_INT("window_no", job->window_no),
               TW_STR("reason", error->detail));
    } else if (job->finished) {
        tw_crash_point("clearing.finished");
        log_final(job);
    }
    end(job);
}

static void finish(struct bank_finality_job *job) {
    struct bank_clearing *clearing = job->clearing;
    struct bank_params *params = &clearing->params;
    bool settled = strcmp(job->finality.result, "SETTLED") == 0;
    if (!bank_clearing_alive(clearing)) {
        end(job);
        return;
    }
    job->in_database = true;
    bank_params_i32(params, job->window_no);
    bank_params_text(params, job->finality.result);
    bank_params_text(params, settled ? NULL : "the settlement agent could not settle the window");
    bank_params_text(params, job->signed_result);
    bank_params_text(params, job->certificate);
    put_settled(params, &job->finality);
    put_participants(params, &job->finality);
    bank_db_send(clearing->db, BANK_SQL_window_finish, params, on_finish, job);
    bank_db_sync(clearing->db, on_finished, job);
}

/* --- posting -----------------------------------------------------------------------------------
 */

static void close_next(struct bank_finality_job *job);

/* False, and the job is over: a later poll tries again. */
static bool is_posted(struct bank_finality_job *job, const struct bank_item *item) {
    bool posted = bank_step_decided(item) && item->decision.rc == TW_RC_APPROVED;
    if (!posted) {
        const char *reason =
            item->origin == BANK_UNDECIDED ? item->error.detail : tw_rc_text(item->decision.rc);
        tw_log(TW_LOG_ERROR, "settlement not posted", TW_INT("window_no", job->window_no),
               TW_STR("reason", reason));
        end(job);
    }
    return posted;
}

static void on_settlement(void *context, const struct bank_item *item) {
    struct bank_finality_job *job = context;
    if (is_posted(job, item)) {
        tw_crash_point("window.settled");
        finish(job);
    }
}

static void on_closed(void *context, const struct bank_item *item) {
    struct bank_finality_job *job = context;
    if (is_posted(job, item)) {
        tw_crash_point("window.closed");
        job->closed++;
        close_next(job);
    }
}

static struct bank_item *new_step(struct bank_finality_job *job, const struct bank_op *op) {
    struct bank_item *item =
        job->clearing->flows->stopping ? NULL : bank_step_new(job->clearing->flows, op);
    if (item != NULL) {
        item->request.settle.window_no = job->window_no;
    }
    return item;
}

static void settle(struct bank_finality_job *job) {
    struct bank_item *item = new_step(job, &bank_op_settlement);
    if (item == NULL) {
        end(job);
        return;
    }
    item->request.settle.header.txid =
        bank_settlement_txid(job->clearing->flows->services->bank_code, job->window_no);
    item->request.settle.net = job->finality.net;
    bank_step_run(job->clearing->flows, item, on_settlement, job);
}

static void close_pair(struct bank_finality_job *job, const struct ib_settled_pair *pair) {
    struct bank_item *item = new_step(job, &bank_op_window_close);
    if (item == NULL) {
        end(job);
        return;
    }
    item->request.settle.header.txid = bank_window_close_txid(
        job->clearing->flows->services->bank_code, job->window_no, pair->peer);
    item->request.settle.peer = pair->peer;
    item->request.settle.part = !pair->settled;
    item->request.settle.net = pair->settled ? pair->net : pair->part;
    bank_step_run(job->clearing->flows, item, on_closed, job);
}

static void close_next(struct bank_finality_job *job) {
    while (job->closed < job->finality.pair_count && !job->to_close[job->closed]) {
        job->closed++;
    }
    if (job->closed < job->finality.pair_count) {
        close_pair(job, &job->finality.pairs[job->closed]);
    } else if (strcmp(job->finality.result, "SETTLED") == 0) {
        settle(job); /* zero, too: the posting says that it is done */
    } else {
        finish(job);
    }
}

/* --- beginning ---------------------------------------------------------------------------------
 */

static bool under_way(const struct bank_clearing *clearing, int32_t window_no) {
    for (const struct bank_finality_job *job = clearing->finals; job != NULL; job = job->next) {
        if (job->window_no == window_no) {
            return true;
        }
    }
    return false;
}

/* What was submitted, as last read; NULL when it is not pending any more. */
static const struct bank_window_view *submitted(const struct bank_clearing *clearing,
                                                int32_t window_no) {
    for (size_t i = 0; i < clearing->window_count; i++) {
        const struct bank_window_view *window = &clearing->windows[i];
        if (window->window_no == window_no && strcmp(window->state, "PENDING_SETTLEMENT") == 0) {
            return window;
        }
    }
    return NULL;
}

static bool fill(struct bank_finality_job *job, const struct bank_window_view *window) {
    for (size_t i = 0; i < job->finality.pair_count; i++) {
        const struct ib_settled_pair *settled = &job->finality.pairs[i];
        const struct bank_pair_view *pair = view_of(job->clearing, window, settled->peer);
        job->to_close[i] = (settled->settled || settled->part != 0) && pair != NULL;
    }
    return job->signed_result != NULL && job->certificate != NULL;
}

void bank_finality_begin(struct bank_clearing *clearing, int32_t window_no, const char *finality,
                         const char *certificate) {
    const struct bank_window_view *window = submitted(clearing, window_no);
    struct tw_error error = {0};
    char reason[BANK_REASON_SIZE];
    bool wanted = window != NULL && !under_way(clearing, window_no);
    struct bank_finality_job *job = wanted ? calloc(1, sizeof *job) : NULL;
    if (job == NULL) {
        return;
    }
    job->clearing = clearing;
    job->window_no = window_no;
    job->next = clearing->finals;
    clearing->finals = job;
    struct tw_status status =
        bank_finality_check(clearing, window, finality, certificate, &job->finality, &error);
    if (!tw_ok(status)) {
        (void)snprintf(reason, sizeof reason, "the settlement agent's result is refused: %.180s",
                       error.detail);
        bank_window_note(clearing, window_no, reason);
        end(job);
        return;
    }
    job->signed_result = strdup(finality);
    job->certificate = strdup(certificate);
    if (!fill(job, window)) {
        end(job);
        return;
    }
    tw_crash_point("clearing.finality");
    close_next(job);
}
