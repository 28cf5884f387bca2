/*
 * Questions are slots; what a walk gathers is bounded: 256 sums, or the items of one bucket. A
 * bucket with more items than that is not listed: the asking bank divides it.
 *
 * Rejected: an index by the end of the txid, so that a bucket could be read alone. Every posting
 * would pay for it, for a question that is asked when something is wrong.
 */
#include "flow/clearing_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"
#include "flow/clearing_buckets.h"
#include "flow/clearing_items.h"
#include "flow/clearing_totals.h"
#include "flow/clearing_walk.h"
#include "ops/rules.h"

#define QUESTIONS_MAX 8
#define WALKS_MAX     2

struct question {
    struct bank_answers *answers;
    struct bank_passage *passage; /* NULL: the slot is free */
    int32_t peer, window_no;
    char prefix[TW_BUCKET_SIZE];
    char state[24];
    int64_t in_doubt;
    struct tw_currency currency;
    struct bank_pair_positions positions;
    bool walks;
    struct bank_walk walk;
    struct bank_bucket *buckets; /* 256 */
    struct bank_items items;
    struct tw_window_items_result page;
};

struct bank_answers {
    struct bank_flows *flows;
    struct bank_db *db;
    struct bank_params params;
    const struct ib_signer *signer;
    int64_t drain_ms;
    size_t walking;
    struct question questions[QUESTIONS_MAX];
};

static struct bank_passage *end(struct question *question) {
    struct bank_passage *passage = question->passage;
    question->answers->walking -= question->walks ? 1 : 0;
    question->walks = false;
    question->passage = NULL;
    free(question->buckets);
    question->buckets = NULL;
    bank_items_clear(&question->items);
    return passage;
}

static void fail(struct question *question, const struct tw_error *error) {
    struct bank_passage *passage = end(question);
    passage->fail(passage, error);
}

static void fail_with(struct question *question, enum tw_code code, const char *reason) {
    struct tw_error error = {0};
    struct tw_status status = tw_fail(&error, code, "%s", reason);
    (void)status;
    fail(question, &error);
}

/* result is stolen; NULL: it could not be made. */
static void relay(struct question *question, json_t *result) {
    if (result == NULL) {
        fail_with(question, TW_E_NO_MEMORY, "the answer could not be made");
        return;
    }
    struct bank_passage *passage = end(question);
    passage->relay(passage, result);
}

/* True, and the question is over, when the database did not answer. */
static bool is_lost(struct question *question, struct tw_status status,
                    const struct tw_error *error) {
    if (!tw_ok(status)) {
        tw_log(TW_LOG_WARN, "a peer's question failed", TW_INT("peer", question->peer),
               TW_STR("reason", error->detail));
        fail_with(question, TW_E_UNAVAILABLE, "the book could not be read");
    }
    return !tw_ok(status);
}

/* --- window.totals ------------------------------------------------------------------------------
 */

static struct tw_status make_statement(struct question *question, char **ret_statement,
                                       struct tw_error *ret_error) {
    struct ib_totals totals =
        bank_pair_totals(&question->positions, question->answers->flows->services->bank_code,
                         question->peer, question->window_no, question->currency);
    return ib_signer_seal(question->answers->signer, IB_TYPE_TOTALS,
                          tw_fields_write(ib_totals_fields, &totals), ret_statement, ret_error);
}

static void answer_totals(struct question *question) {
    struct tw_window_totals_result result = {.outcome = bank_outcome(TW_RC_APPROVED),
                                             .in_doubt = question->in_doubt};
    struct tw_error error = {0};
    struct tw_status status = tw_success();
    (void)snprintf(result.status, sizeof result.status, "%s", question->state);
    if (strcmp(question->state, "OPEN") != 0) {
        status = make_statement(question, &result.statement, &error);
        result.certificate = strdup(ib_signer_certificate(question->answers->signer));
    }
    json_t *made = tw_ok(status) ? tw_fields_write(tw_window_totals_result_fields, &result) : NULL;
    tw_fields_clear(tw_window_totals_result_fields, &result);
    if (!tw_ok(status)) {
        tw_log(TW_LOG_ERROR, "totals not signed", TW_STR("reason", error.detail));
        fail(question, &error);
        return;
    }
    relay(question, made);
}

/* --- walking ----------------------------------------------------------------------------------
 */

/* As long as the asking bank waits. */
static bool go_on(void *context) {
    const struct question *question = context;
    return question->passage->deadline_us > tw_loop_now_us(question->answers->flows->loop);
}

static bool add_to_bucket(void *context, const struct bank_walk_item *item) {
    struct question *question = context;
    struct ib_item_digest digest;
    if (ib_item_in_bucket(&item->txid, question->prefix)) {
        ib_item_digest(question->answers->flows->services->bank_code, question->peer, &item->txid,
                       item->amount_minor, &digest);
        bank_bucket_add(&question->buckets[bank_bucket_index(&item->txid, question->prefix)],
                        &digest, 1);
    }
    return true;
}

static json_t *write_buckets(const struct question *question) {
    struct tw_window_buckets_result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        return NULL;
    }
    result->outcome = bank_outcome(TW_RC_APPROVED);
    for (size_t i = 0; i < TW_BUCKETS_MAX; i++) {
        const struct bank_bucket *bucket = &question->buckets[i];
        if (bucket->count > 0) {
            struct tw_window_bucket *listed = &result->buckets[result->bucket_count++];
            bank_bucket_name(question->prefix, i, listed->bucket);
            listed->count = bucket->count;
            (void)ib_item_digest_text(&bucket->digest, listed->digest);
        }
    }
    json_t *made = tw_fields_write(tw_window_buckets_result_fields, result);
    free(result);
    return made;
}

static void on_buckets(void *context, struct tw_status status, const struct tw_error *error) {
    struct question *question = context;
    if (!is_lost(question, status, error)) {
        relay(question, write_buckets(question));
    }
}

static bool gather(void *context, const struct bank_walk_item *item) {
    struct question *question = context;
    return !ib_item_in_bucket(&item->txid, question->prefix) ||
           bank_items_add(&question->items, item, question->window_no);
}

static void on_corrections(void *context, PGresult *result) {
    struct question *question = context;
    for (int row = 0; row < PQntuples(result); row++) {
        struct tw_uuid txid = bank_row_uuid(result, row, 0);
        bank_items_mark_corrections(&question->page, &txid);
    }
}

static void on_page(void *context, struct tw_status status, const struct tw_error *error) {
    struct question *question = context;
    if (!is_lost(question, status, error)) {
        question->page.outcome = bank_outcome(TW_RC_APPROVED);
        relay(question, tw_fields_write(tw_window_items_result_fields, &question->page));
    }
}

/* Whether an item corrects a break stands in its decision: asked for the page alone. */
static void finish_page(struct question *question) {
    struct bank_answers *answers = question->answers;
    bank_params_array(&answers->params, BANK_UUID, question->page.item_count);
    for (size_t i = 0; i < question->page.item_count; i++) {
        const struct tw_uuid *txid = &question->page.items[i].txid;
        bank_params_bytes(&answers->params, txid->bytes, sizeof txid->bytes);
    }
    bank_db_send(answers->db, BANK_SQL_pair_corrections, &answers->params, on_corrections,
                 question);
    bank_db_sync(answers->db, on_page, question);
}

static void on_gathered(void *context, struct tw_status status, const struct tw_error *error) {
    struct question *question = context;
    const struct tw_window_items_request *request = &question->passage->item.request.window_items;
    if (is_lost(question, status, error)) {
        return;
    }
    if (question->items.overflown) {
        fail_with(question, TW_E_TOO_LARGE, "prefix: too many items, divide the bucket");
    } else {
        bank_items_page(&question->items, request->offset, &question->page);
        finish_page(question);
    }
}

/* --- window.find ------------------------------------------------------------------------------
 */

static void on_found(void *context, PGresult *result) {
    struct question *question = context;
    for (int row = 0; row < PQntuples(result); row++) {
        struct bank_walk_item item = {.txid = bank_row_uuid(result, row, 1),
                                      .amount_minor = bank_row_i64(result, row, 2, 0),
                                      .phase = bank_row_i16(result, row, 3),
                                      .reversal = bank_row_bool(result, row, 4)};
        if (!bank_items_add(&question->items, &item, bank_row_i32(result, row, 0, 0))) {
            break;
        }
    }
    bank_items_page(&question->items, 0, &question->page);
}

static void on_looked(void *context, struct tw_status status, const struct tw_error *error) {
    struct question *question = context;
    if (!is_lost(question, status, error)) {
        finish_page(question);
    }
}

static void find(struct question *question) {
    struct bank_answers *answers = question->answers;
    const struct tw_uuid *txid = &question->passage->item.request.window_find.item;
    bank_params_bytes(&answers->params, txid->bytes, sizeof txid->bytes);
    bank_params_i32(&answers->params, question->peer);
    bank_db_send(answers->db, BANK_SQL_pair_find, &answers->params, on_found, question);
    bank_db_sync(answers->db, on_looked, question);
}

/* --- the window ------------------------------------------------------------------------------ */

static void start_walk(struct question *question) {
    bool buckets = question->passage->op == &bank_op_window_buckets;
    question->buckets = buckets ? calloc(TW_BUCKETS_MAX, sizeof *question->buckets) : NULL;
    if (buckets && question->buckets == NULL) {
        fail_with(question, TW_E_NO_MEMORY, "no memory for a question");
        return;
    }
    question->walk = (struct bank_walk){.db = question->answers->db,
                                        .params = &question->answers->params,
                                        .peer = question->peer,
                                        .window_no = question->window_no,
                                        .on_item = buckets ? add_to_bucket : gather,
                                        .go_on = go_on,
                                        .on_end = buckets ? on_buckets : on_gathered,
                                        .context = question};
    bank_walk_start(&question->walk);
}

/* Only of a closed window does the whole stand still. */
static void refuse_open(struct question *question) {
    struct tw_plain_result result = {.outcome = bank_outcome(TW_RC_CUT_OVER)};
    (void)snprintf(result.outcome.text, sizeof result.outcome.text, "the window is open here");
    relay(question, tw_fields_write(tw_plain_result_fields, &result));
}

static void on_state(void *context, PGresult *result) {
    struct question *question = context;
    if (PQntuples(result) == 1) {
        bank_row_bytes(result, 0, 0, question->currency.code, 3);
        (void)snprintf(question->state, sizeof question->state, "%s", bank_row_text(result, 0, 1));
        question->in_doubt = bank_row_i64(result, 0, 2, 0);
    }
}

static void on_positions(void *context, PGresult *result) {
    struct question *question = context;
    bank_pair_positions_take(&question->positions, result);
}

static void on_known(void *context, struct tw_status status, const struct tw_error *error) {
    struct question *question = context;
    if (is_lost(question, status, error)) {
        return;
    }
    if (question->passage->op == &bank_op_window_totals) {
        answer_totals(question);
    } else if (strcmp(question->state, "OPEN") == 0) {
        refuse_open(question);
    } else {
        start_walk(question);
    }
}

/* The state first: what it says of a closed window holds for the positions read after it. */
static void read_state(struct question *question) {
    struct bank_answers *answers = question->answers;
    bank_params_i32(&answers->params, question->window_no);
    bank_params_i32(&answers->params, question->peer);
    bank_params_i64(&answers->params, answers->drain_ms);
    bank_params_i64(&answers->params, tw_ahead_ms(answers->flows->services->clock));
    bank_db_send(answers->db, BANK_SQL_window_state, &answers->params, on_state, question);
    if (question->passage->op == &bank_op_window_totals) {
        bank_params_i32(&answers->params, question->window_no);
        bank_params_i32(&answers->params, question->peer);
        bank_db_send(answers->db, BANK_SQL_pair_positions, &answers->params, on_positions,
                     question);
    }
    bank_db_sync(answers->db, on_known, question);
}

/* --- asking ------------------------------------------------------------------------------------
 */

static struct question *free_slot(struct bank_answers *answers, bool walks) {
    if (walks && answers->walking >= WALKS_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (answers->questions[i].passage == NULL) {
            return &answers->questions[i];
        }
    }
    return NULL;
}

/* "" is valid: the whole window. Buckets are divided once: four digits are the end. */
static struct tw_status read_prefix(const struct bank_passage *passage,
                                    char ret_prefix[TW_BUCKET_SIZE], struct tw_error *ret_error) {
    bool buckets = passage->op == &bank_op_window_buckets;
    const char *prefix = buckets ? passage->item.request.window_buckets.prefix
                                 : passage->item.request.window_items.prefix;
    bool valid = ib_bucket_valid(prefix) && (!buckets || strlen(prefix) <= 2);
    if (!valid) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "prefix: not two%s lower-case hexadecimal digits",
                       buckets ? "" : " or four");
    }
    (void)snprintf(ret_prefix, TW_BUCKET_SIZE, "%s", prefix);
    return tw_success();
}

static struct tw_status take_slot(struct bank_answers *answers, struct bank_passage *passage,
                                  struct question **ret_question, struct tw_error *ret_error) {
    bool walks = passage->op == &bank_op_window_buckets || passage->op == &bank_op_window_items;
    struct question *question = NULL;
    char prefix[TW_BUCKET_SIZE] = "";
    struct tw_status status = walks ? read_prefix(passage, prefix, ret_error) : tw_success();
    if (!tw_ok(status)) {
        return status;
    }
    if (answers->flows->stopping || !bank_db_ready(answers->db)) {
        return tw_fail(ret_error, TW_E_UNAVAILABLE, "the database cannot be asked now");
    }
    question = free_slot(answers, walks);
    if (question == NULL) {
        return tw_fail(ret_error, TW_E_BUSY, "too many questions about windows under way");
    }
    *question = (struct question){
        .answers = answers, .passage = passage, .peer = passage->item.acquirer, .walks = walks};
    memcpy(question->prefix, prefix, sizeof prefix);
    answers->walking += walks ? 1 : 0;
    *ret_question = question;
    return status;
}

void bank_answers_ask(struct bank_answers *answers, struct bank_passage *passage) {
    struct question *question = NULL;
    struct tw_error error = {0};
    struct tw_status status = take_slot(answers, passage, &question, &error);
    if (!tw_ok(status) || question == NULL) {
        passage->fail(passage, &error);
    } else if (passage->op == &bank_op_window_find) {
        find(question);
    } else {
        /* The three requests begin alike: the header, then the window. */
        question->window_no = (int32_t)passage->item.request.window.window_no;
        read_state(question);
    }
}

/* --- life ------------------------------------------------------------------------------------- */

static void on_ready(void *context) {
    (void)context;
}

static void on_lost(void *context) {
    struct bank_answers *answers = context;
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (answers->questions[i].passage != NULL) {
            fail_with(&answers->questions[i], TW_E_UNAVAILABLE, "the database was lost");
        }
    }
}

struct tw_status bank_answers_new(struct bank_flows *flows,
                                  const struct bank_answers_options *options,
                                  struct bank_answers **ret_answers, struct tw_error *ret_error) {
    struct bank_answers *answers = calloc(1, sizeof *answers);
    if (answers == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "answers about windows");
    }
    answers->flows = flows;
    answers->signer = options->signer;
    answers->drain_ms = options->drain_ms;
    struct tw_status status =
        bank_flows_connect(flows, options->conninfo, options->server_name, on_ready, on_lost,
                           answers, &answers->db, ret_error);
    if (!tw_ok(status)) {
        bank_answers_free(answers);
        return status;
    }
    *ret_answers = answers;
    return status;
}

void bank_answers_free(struct bank_answers *answers) {
    if (answers == NULL) {
        return;
    }
    bank_db_free(answers->db);
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (answers->questions[i].passage != NULL) {
            (void)end(&answers->questions[i]);
        }
    }
    bank_params_free(&answers->params);
    free(answers);
}
