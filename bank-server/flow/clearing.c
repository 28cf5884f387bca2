/* Polling: what there is to do is read whole, then each pair and window is looked after by itself.
 */
#include "flow/clearing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"
#include "flow/clearing_agent.h"
#include "flow/clearing_finality.h"
#include "flow/clearing_pair.h"
#include "flow/window.h"

static void take_text(char *text, size_t size, const PGresult *result, int row, int column) {
    (void)snprintf(text, size, "%s", bank_row_text(result, row, column));
}

/* --- asking -----------------------------------------------------------------------------------
 */

static void set_txid(const struct bank_clearing *clearing, json_t *params) {
    struct tw_loop *loop = clearing->flows->loop;
    struct tw_uuid txid = tw_uuid_v7(tw_loop_clock(loop), tw_loop_random(loop));
    char text[TW_UUID_TEXT_SIZE];
    (void)json_object_set_new(params, "txid", json_string(tw_uuid_text(&txid, text)));
}

static void end_without_memory(tw_answer_fn callback, void *context) {
    const struct tw_error error = {.code = TW_E_NO_MEMORY, .detail = "no memory for a question"};
    const struct tw_answer answer = {
        .status = {TW_E_NO_MEMORY}, .error = &error, .nothing_sent = true};
    callback(context, &answer);
}

void bank_clearing_ask(struct bank_clearing *clearing, int32_t peer, enum tw_method_id method,
                       json_t *params, int64_t wait_us, tw_answer_fn callback, void *context) {
    struct bank_flows *flows = clearing->flows;
    if (params == NULL) {
        end_without_memory(callback, context);
        return;
    }
    set_txid(clearing, params);
    ib_peers_call(flows->peers, peer, tw_method(method)->name, params,
                  tw_loop_now_us(flows->loop) + wait_us, callback, context);
    json_decref(params);
}

void bank_clearing_ask_agent(struct bank_clearing *clearing, enum tw_method_id method,
                             json_t *params, tw_answer_fn callback, void *context) {
    if (params == NULL) {
        end_without_memory(callback, context);
        return;
    }
    set_txid(clearing, params);
    tw_pool_call(clearing->agent, tw_method(method)->name, params,
                 tw_loop_now_us(clearing->flows->loop) + BANK_ASK_US, callback, context);
    json_decref(params);
}

bool bank_clearing_alive(const struct bank_clearing *clearing) {
    return !clearing->flows->stopping && bank_db_has_room(clearing->db);
}

/* --- notes of windows ------------------------------------------------------------------------- */

static void on_noted(void *context, PGresult *result) {
    (void)context;
    if (PQntuples(result) > 0) {
        tw_log(TW_LOG_INFO, "settlement window waits",
               TW_INT("window_no", bank_row_i32(result, 0, 0, 0)),
               TW_STR("reason", bank_row_text(result, 0, 1)));
    }
}

static void on_note_done(void *context, struct tw_status status, const struct tw_error *error) {
    (void)context;
    (void)error;
    (void)status; /* the next poll says it again */
}

void bank_window_note(struct bank_clearing *clearing, int32_t window_no, const char *reason) {
    if (bank_clearing_alive(clearing)) {
        bank_params_i32(&clearing->params, window_no);
        bank_params_text(&clearing->params, reason);
        bank_db_send(clearing->db, BANK_SQL_window_note, &clearing->params, on_noted, clearing);
        bank_db_sync(clearing->db, on_note_done, clearing);
    }
}

/* --- what there is to do ------------------------------------------------------------------------
 */

static bool is_state(const char *state, const char *wanted) {
    return strcmp(state, wanted) == 0;
}

void bank_clearing_next(struct bank_clearing *clearing) {
    for (size_t i = 0; i < clearing->pair_count && clearing->talk_count < BANK_TALKS_MAX; i++) {
        struct bank_pair_view *pair = &clearing->pairs[i];
        bool open = is_state(pair->state, "WAITING") || is_state(pair->state, "DRAINING") ||
                    is_state(pair->state, "COMPARING");
        if (open && !pair->visited && bank_clearing_alive(clearing) &&
            !bank_talk_under_way(clearing, pair->window_no, pair->peer)) {
            pair->visited = true;
            bank_talk_begin(clearing, pair);
        }
    }
}

/* NULL when all are agreed; else the first one that is not. */
static const struct bank_pair_view *first_open(const struct bank_clearing *clearing,
                                               const struct bank_window_view *window,
                                               size_t *ret_count) {
    const struct bank_pair_view *first = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < window->pair_count; i++) {
        const struct bank_pair_view *pair = &clearing->pairs[window->first_pair + i];
        if (!is_state(pair->state, "AGREED")) {
            first = first == NULL ? pair : first;
            ++*ret_count;
        }
    }
    return first;
}

static void look_after(struct bank_clearing *clearing, const struct bank_window_view *window) {
    char reason[BANK_REASON_SIZE];
    size_t open = 0;
    if (is_state(window->state, "PENDING_SETTLEMENT")) {
        bank_agent_ask(clearing, window);
        return;
    }
    const struct bank_pair_view *first = first_open(clearing, window, &open);
    if (first != NULL) {
        (void)snprintf(reason, sizeof reason, "%zu of %zu pairs not agreed: %.200s", open,
                       window->pair_count,
                       first->reason[0] != '\0' ? first->reason : "its bank is being asked");
        bank_window_note(clearing, window->window_no, reason);
    } else if (clearing->agent == NULL) {
        bank_window_note(clearing, window->window_no, "no settlement agent is configured");
    } else {
        bank_agent_submit(clearing, window);
    }
}

static void look_after_all(struct bank_clearing *clearing) {
    bool asked = false;
    bank_clearing_next(clearing);
    for (size_t i = 0; i < clearing->window_count; i++) {
        asked = asked || is_state(clearing->windows[i].state, "PENDING_SETTLEMENT");
        look_after(clearing, &clearing->windows[i]);
    }
    int32_t open_window_no = bank_windows_open(clearing->flows);
    if (clearing->agent != NULL && !asked && open_window_no != 0) {
        bank_agent_follow(clearing, open_window_no);
    }
}

/* --- reading it --------------------------------------------------------------------------------
 */

static bool make_room(struct bank_clearing *clearing, size_t pairs) {
    if (pairs <= clearing->pair_capacity) {
        return true;
    }
    struct bank_pair_view *grown = realloc(clearing->pairs, pairs * sizeof *grown);
    if (grown != NULL) {
        clearing->pairs = grown;
        clearing->pair_capacity = pairs;
    }
    return grown != NULL;
}

static struct bank_window_view *take_window(struct bank_clearing *clearing, const PGresult *result,
                                            int row) {
    int32_t window_no = bank_row_i32(result, row, 0, 0);
    size_t count = clearing->window_count;
    if (count > 0 && clearing->windows[count - 1].window_no == window_no) {
        return &clearing->windows[count - 1];
    }
    tw_assert(count < BANK_WINDOWS_MAX);
    struct bank_window_view *window = &clearing->windows[clearing->window_count++];
    *window = (struct bank_window_view){.window_no = window_no,
                                        .revision = bank_row_i32(result, row, 2, 0),
                                        .first_pair = clearing->pair_count};
    take_text(window->state, sizeof window->state, result, row, 1);
    take_text(window->reason, sizeof window->reason, result, row, 3);
    return window;
}

static void take_pair(struct bank_clearing *clearing, const PGresult *result, int row) {
    struct bank_window_view *window = take_window(clearing, result, row);
    if (bank_row_null(result, row, 4)) {
        return; /* a window without peers */
    }
    struct bank_pair_view *pair = &clearing->pairs[clearing->pair_count++];
    *pair = (struct bank_pair_view){.window_no = window->window_no,
                                    .peer = bank_row_i32(result, row, 4, 0),
                                    .debit_count = bank_row_i64(result, row, 7, 0),
                                    .debit_minor = bank_row_i64(result, row, 8, 0),
                                    .credit_count = bank_row_i64(result, row, 9, 0),
                                    .credit_minor = bank_row_i64(result, row, 10, 0),
                                    .breaks = bank_row_i64(result, row, 11, 0)};
    take_text(pair->state, sizeof pair->state, result, row, 5);
    take_text(pair->reason, sizeof pair->reason, result, row, 6);
    window->pair_count++;
}

static void on_windows(void *context, PGresult *result) {
    struct bank_clearing *clearing = context;
    int rows = PQntuples(result);
    clearing->window_count = 0;
    clearing->pair_count = 0;
    if (rows > 0) {
        bank_row_bytes(result, 0, 12, clearing->currency.code, 3);
    }
    for (int row = 0; row < rows && make_room(clearing, (size_t)rows); row++) {
        take_pair(clearing, result, row);
    }
}

static void on_counts(void *context, PGresult *result) {
    struct bank_clearing *clearing = context;
    size_t most = sizeof clearing->counts / sizeof clearing->counts[0];
    clearing->count_count = 0;
    for (int row = 0; row < PQntuples(result) && clearing->count_count < most; row++) {
        size_t i = clearing->count_count++;
        take_text(clearing->counts[i].kind, sizeof clearing->counts[i].kind, result, row, 0);
        take_text(clearing->counts[i].name, sizeof clearing->counts[i].name, result, row, 1);
        clearing->counts[i].count = bank_row_i64(result, row, 2, 0);
    }
}

static void on_polled(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_clearing *clearing = context;
    clearing->polling = false;
    if (tw_ok(status)) {
        look_after_all(clearing);
    } else {
        tw_log(TW_LOG_WARN, "looking for closed windows failed", TW_STR("reason", error->detail));
    }
}

static void send_codes(struct bank_clearing *clearing) {
    const struct bank_flows *flows = clearing->flows;
    const struct ib_directory *directory = flows->directory;
    size_t count = directory != NULL ? ib_directory_count(directory) : 0;
    bank_params_array(&clearing->params, BANK_INT4, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_i32(&clearing->params, ib_directory_at(directory, i)->code);
    }
    bank_db_send(clearing->db, BANK_SQL_clearing_begin, &clearing->params, NULL, NULL);
}

void bank_clearing_poll(struct bank_clearing *clearing) {
    if (!bank_clearing_alive(clearing) || clearing->polling || !clearing->flows->informed) {
        return;
    }
    clearing->polling = true;
    send_codes(clearing);
    bank_db_send(clearing->db, BANK_SQL_clearing_read, NULL, on_windows, clearing);
    bank_db_send(clearing->db, BANK_SQL_clearing_counts, NULL, on_counts, clearing);
    bank_db_sync(clearing->db, on_polled, clearing);
}

static void on_tick(void *context) {
    struct bank_clearing *clearing = context;
    struct tw_loop *loop = clearing->flows->loop;
    tw_loop_timer_set(loop, &clearing->tick,
                      tw_loop_now_us(loop) + clearing->options.poll_ms * 1000);
    bank_clearing_poll(clearing);
}

/* --- life ------------------------------------------------------------------------------------- */

static void on_ready(void *context) {
    (void)context; /* the next tick finds it ready */
}

static void on_lost(void *context) {
    struct bank_clearing *clearing = context;
    clearing->polling = false;
    bank_talks_lost(clearing);
    bank_agent_lost(clearing);
    bank_finality_lost(clearing);
}

static struct tw_status open_agent(struct bank_clearing *clearing, struct tw_error *ret_error) {
    const struct bank_clearing_options *options = &clearing->options;
    struct tw_pool_options pool = tw_pool_options_default;
    if (options->agent_count == 0) {
        return tw_success();
    }
    pool.addresses = options->agents;
    pool.address_count = options->agent_count;
    pool.tls = options->tls;
    pool.expect_kind = TW_ID_AGENT;
    return tw_pool_new(clearing->flows->loop, &pool, &clearing->agent, ret_error);
}

static struct tw_status open_parts(struct bank_clearing *clearing, struct tw_error *ret_error) {
    const struct bank_clearing_options *options = &clearing->options;
    struct tw_status status =
        ib_signer_new(options->certificate, options->key, &clearing->signer, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    const struct bank_answers_options answers = {.conninfo = options->conninfo,
                                                 .server_name = options->server_name,
                                                 .signer = clearing->signer,
                                                 .drain_ms = options->drain_ms};
    status = bank_answers_new(clearing->flows, &answers, &clearing->answers, ret_error);
    if (tw_ok(status)) {
        status = open_agent(clearing, ret_error);
    }
    return tw_ok(status)
               ? bank_flows_connect(clearing->flows, options->conninfo, options->server_name,
                                    on_ready, on_lost, clearing, &clearing->db, ret_error)
               : status;
}

struct tw_status bank_clearing_new(struct bank_flows *flows,
                                   const struct bank_clearing_options *options,
                                   struct bank_clearing **ret_clearing,
                                   struct tw_error *ret_error) {
    struct bank_clearing *clearing = calloc(1, sizeof *clearing);
    if (clearing == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "clearing");
    }
    clearing->flows = flows;
    clearing->options = *options;
    clearing->trust = (struct tw_trust){
        .root_file = options->root, .crl_file = options->crl, .clock = flows->services->clock};
    clearing->tick = (struct tw_timer){.run = on_tick, .context = clearing};
    struct tw_status status = open_parts(clearing, ret_error);
    if (!tw_ok(status)) {
        bank_clearing_free(clearing);
        return status;
    }
    tw_loop_timer_set(flows->loop, &clearing->tick,
                      tw_loop_now_us(flows->loop) + options->poll_ms * 1000);
    *ret_clearing = clearing;
    return status;
}

void bank_clearing_free(struct bank_clearing *clearing) {
    if (clearing == NULL) {
        return;
    }
    tw_loop_timer_clear(clearing->flows->loop, &clearing->tick);
    tw_pool_free(clearing->agent); /* ends the questions to it */
    clearing->agent = NULL;
    bank_talks_lost(clearing);
    bank_agent_lost(clearing);
    bank_finality_lost(clearing);
    bank_db_free(clearing->db);
    bank_answers_free(clearing->answers);
    ib_signer_free(clearing->signer);
    bank_params_free(&clearing->params);
    free(clearing->pairs);
    free(clearing);
}

void bank_clearing_answer(struct bank_passage *passage) {
    bank_answers_ask(passage->flows->clearing->answers, passage);
}

void bank_clearing_recheck(struct bank_clearing *clearing) {
    if (clearing->agent != NULL) {
        tw_pool_recheck_peers(clearing->agent);
    }
}

void bank_clearing_collect(const struct bank_clearing *clearing, struct tw_metrics *metrics) {
    static const struct {
        const char *kind, *metric, *help;
    } kinds[] = {
        {"window", "tellerwire_windows", "settlement windows of the bank by state"},
        {"pair", "tellerwire_window_pairs", "pairs of windows that are not final, by state"},
        {"break", "tellerwire_breaks", "reconciliation breaks by state"},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        for (size_t i = 0; i < clearing->count_count; i++) {
            char label[64];
            if (strcmp(clearing->counts[i].kind, kinds[k].kind) == 0) {
                (void)snprintf(label, sizeof label, "state=\"%s\"", clearing->counts[i].name);
                tw_metric_gauge(metrics, kinds[k].metric, kinds[k].help, label,
                                (uint64_t)clearing->counts[i].count);
            }
        }
    }
}
