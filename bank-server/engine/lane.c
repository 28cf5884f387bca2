/*
 * Everything a lane does is one of five moves, each ending in a round trip whose end brings the
 * next one. The whole batch is repeated when the database says so (40001, 40P01, 23505), when an
 * item needs a row nobody locked, or when the connection is lost: deciding again is safe because
 * stored decisions are found first.
 *
 * Rejected: locking per item (a round trip each), a function in the database (rules in two
 * languages, one commit each), optimistic versions (retry storms on hot accounts).
 */
#include "engine/lane.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"
#include "engine/decide.h"
#include "engine/load.h"
#include "engine/store.h"

#define ANCHORS_MAX          256
#define PAUSE_AFTER_ERROR_US 100000

enum lane_phase {
    LANE_DOWN,
    LANE_REGISTERING,
    LANE_IDLE,
    LANE_LOADING,
    LANE_STORING,
    LANE_UNDOING
};

struct bank_lane {
    struct tw_loop *loop;
    struct bank_lane_options options;
    struct bank_db *db;
    struct bank_book *book;
    struct bank_params params;
    struct bank_chain *chain;
    struct bank_lane_head head, next_head;
    struct bank_anchor anchors[ANCHORS_MAX];
    size_t anchor_count;
    enum lane_phase phase;
    struct bank_item *items;
    size_t item_count;
    bool commit_seen;
    int64_t epoch_seen;     /* highest; a database with a lower one is an old primary come back */
    struct event *pause;    /* after an error that repeating at once would only repeat */
    struct event *patience; /* runs while a batch is under way */
    int64_t batch_began_us;
};

static void move(struct bank_lane *lane, enum lane_phase to) {
    static const bool allowed[6][6] = {
        [LANE_DOWN] = {[LANE_REGISTERING] = true, [LANE_IDLE] = true},
        [LANE_REGISTERING] = {[LANE_IDLE] = true, [LANE_DOWN] = true},
        [LANE_IDLE] = {[LANE_LOADING] = true, [LANE_DOWN] = true},
        [LANE_LOADING] =
            {[LANE_STORING] = true, [LANE_UNDOING] = true, [LANE_IDLE] = true, [LANE_DOWN] = true},
        [LANE_STORING] = {[LANE_IDLE] = true, [LANE_UNDOING] = true, [LANE_DOWN] = true},
        [LANE_UNDOING] = {[LANE_IDLE] = true, [LANE_DOWN] = true},
    };
    tw_assert(allowed[lane->phase][to] || (to == LANE_DOWN && lane->phase == LANE_DOWN));
    lane->phase = to;
}

static void begin_patience(struct bank_lane *lane) {
    int64_t limit_ms = lane->options.budget_ms * BANK_LANE_GIVE_UP_BUDGETS;
    struct timeval wait = {.tv_sec = limit_ms / 1000, .tv_usec = (limit_ms % 1000) * 1000};
    lane->batch_began_us = tw_now_us(tw_loop_clock(lane->loop));
    event_add(lane->patience, &wait);
}

/* Done, or to be repeated: until then other lanes left its accounts alone. */
static void end_batch(struct bank_lane *lane) {
    event_del(lane->patience);
    if (lane->options.claims != NULL) {
        bank_claims_end(lane->options.claims, lane->options.number);
    }
}

static void give_back(struct bank_lane *lane) {
    struct bank_item *items = lane->items;
    end_batch(lane);
    lane->items = NULL;
    lane->item_count = 0;
    if (items != NULL) {
        lane->options.owner.give_back(lane->options.owner.context, lane->options.reads, items);
    }
}

static void deliver(struct bank_lane *lane) {
    struct bank_item *items = lane->items;
    size_t count = lane->item_count;
    end_batch(lane);
    lane->items = NULL;
    lane->item_count = 0;
    move(lane, LANE_IDLE);
    bank_lane_kick(lane); /* the next batch is on its way before the answers are written */
    lane->options.owner.deliver(lane->options.owner.context, lane->options.reads, items, count);
}

/* --- undoing --------------------------------------------------------------------------------- */

static void on_undone(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_lane *lane = context;
    (void)error;
    if (!tw_ok(status)) {
        bank_db_reset(lane->db, "ROLLBACK failed");
        return;
    }
    move(lane, LANE_IDLE);
    give_back(lane);
}

static void pause_then_kick(struct bank_lane *lane) {
    struct timeval wait = {.tv_sec = 0, .tv_usec = PAUSE_AFTER_ERROR_US};
    event_add(lane->pause, &wait);
}

static void undo(struct bank_lane *lane, const struct tw_error *error) {
    if (error != NULL) {
        tw_log(error->code == TW_E_SERIALIZATION ? TW_LOG_INFO : TW_LOG_ERROR, "batch refused",
               TW_STR("lane", lane->options.name), TW_STR("reason", error->detail),
               TW_INT("items", (int64_t)lane->item_count));
        if (error->code != TW_E_SERIALIZATION) {
            pause_then_kick(lane);
        }
    }
    if (lane->options.reads) { /* no transaction block to end */
        move(lane, LANE_IDLE);
        give_back(lane);
        return;
    }
    move(lane, LANE_UNDOING);
    bank_db_send(lane->db, BANK_SQL_rollback, NULL, NULL, NULL);
    bank_db_sync(lane->db, on_undone, lane);
}

/* --- storing --------------------------------------------------------------------------------- */

static void on_commit_result(void *context, PGresult *result) {
    struct bank_lane *lane = context;
    lane->commit_seen = strcmp(PQcmdStatus(result), "COMMIT") == 0;
}

static void on_stored(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_lane *lane = context;
    if (!tw_ok(status)) {
        undo(lane, error);
        return;
    }
    if (!lane->commit_seen) {
        bank_db_reset(lane->db, "COMMIT was answered by something else: outcome unknown");
        return;
    }
    tw_crash_point("bank.commit_received");
    lane->head = lane->next_head;
    deliver(lane);
}

static void store(struct bank_lane *lane) {
    move(lane, LANE_STORING);
    lane->commit_seen = false;
    bank_store(lane->book, lane->db, &lane->params, lane->chain, &lane->head, &lane->next_head);
    bank_db_send(lane->db, BANK_SQL_commit, NULL, on_commit_result, lane);
    bank_db_sync(lane->db, on_stored, lane);
    tw_crash_point("bank.commit_sent");
}

/* --- loading --------------------------------------------------------------------------------- */

static void decide_all(struct bank_lane *lane) {
    for (struct bank_item *item = lane->items; item != NULL; item = item->next) {
        bank_decide_item(item, lane->book);
    }
}

/* NULL when this database may be used for the batch. */
static const struct tw_error *database_refused(struct bank_lane *lane) {
    static const struct tw_error no_bank = {.code = TW_E_DATABASE,
                                            .detail = "the database has no row for this bank"};
    static const struct tw_error old_primary = {
        .code = TW_E_DATABASE, .detail = "the database's epoch is behind: an old primary"};
    if (!lane->book->bank_loaded) {
        return &no_bank;
    }
    if (lane->book->epoch < lane->epoch_seen) {
        return &old_primary;
    }
    lane->epoch_seen = lane->book->epoch;
    return NULL;
}

static void run_batch(struct bank_lane *lane) {
    decide_all(lane);
    if (lane->options.reads) {
        deliver(lane);
    } else if (lane->book->retry) {
        undo(lane, NULL);
    } else {
        store(lane);
    }
}

static void on_loaded(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_lane *lane = context;
    const struct tw_error *refused = tw_ok(status) ? database_refused(lane) : error;
    if (refused != NULL) {
        undo(lane, refused);
        return;
    }
    if (!lane->options.reads) {
        tw_crash_point("bank.after_begin");
    }
    run_batch(lane);
}

/* False: the item would wait for another lane, and the batch is to do without it. */
static bool plan_item(struct bank_lane *lane, struct bank_item *item, bool may_pass) {
    struct bank_claims *claims = lane->options.claims;
    struct bank_wants *wants = &lane->book->wants;
    const struct bank_wants before = *wants;
    bank_plan_item(item, lane->book);
    if (claims == NULL) {
        return true;
    }
    const int64_t *ids = wants->accounts_locked.ids + before.accounts_locked.count;
    size_t count = wants->accounts_locked.count - before.accounts_locked.count;
    if (may_pass && bank_claims_blocked(claims, lane->options.number, ids, count)) {
        bank_claims_pass(claims, ids, count);
        *wants = before;
        return false;
    }
    bank_claims_take(claims, lane->options.number, ids, count);
    return true;
}

/* Plans items or, with may_pass, those of them that need not wait for another lane. Returns the
 * others, in order. */
static struct bank_item *plan_items(struct bank_lane *lane, struct bank_item *items,
                                    bool may_pass) {
    struct bank_item *passed = NULL;
    struct bank_item **last_passed = &passed;
    struct bank_item **last = &lane->items;
    lane->items = NULL;
    lane->item_count = 0;
    while (items != NULL) {
        struct bank_item *item = items;
        items = item->next;
        item->next = NULL;
        if (plan_item(lane, item, may_pass && item->passes < BANK_LANE_PASSES_MAX)) {
            *last = item;
            last = &item->next;
            lane->item_count++;
        } else {
            *last_passed = item;
            last_passed = &item->next;
        }
    }
    return passed;
}

/* When all of them would wait, they do: better in the database, behind the lock, than here. */
static void plan_batch(struct bank_lane *lane) {
    if (lane->options.claims != NULL) {
        bank_claims_begin(lane->options.claims, lane->options.number);
    }
    struct bank_item *passed = plan_items(lane, lane->items, true);
    if (lane->items == NULL) {
        passed = plan_items(lane, passed, false);
        tw_assert(passed == NULL);
    }
    if (passed != NULL) {
        lane->options.owner.pass_over(lane->options.owner.context, passed);
    }
}

static void load(struct bank_lane *lane) {
    move(lane, LANE_LOADING);
    begin_patience(lane);
    bank_book_clear(lane->book);
    plan_batch(lane);
    if (lane->options.reads) {
        bank_load_unlocked(lane->book, lane->db, &lane->params);
    } else {
        tw_crash_point("bank.before_begin");
        bank_db_send(lane->db, BANK_SQL_begin, NULL, NULL, NULL);
        bank_load_locked(lane->book, lane->db, &lane->params);
    }
    bank_db_sync(lane->db, on_loaded, lane);
}

void bank_lane_kick(struct bank_lane *lane) {
    if (lane->phase != LANE_IDLE || event_pending(lane->pause, EV_TIMEOUT, NULL) != 0) {
        return;
    }
    tw_assert(lane->items == NULL);
    lane->items = lane->options.owner.take(lane->options.owner.context, lane->options.reads,
                                           lane->options.batch_max, &lane->item_count);
    if (lane->items != NULL) {
        load(lane);
    }
}

/* --- registering -------------------------------------------------------------------------------
 */

static void on_registered(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_lane *lane = context;
    if (!tw_ok(status)) {
        bank_db_reset(lane->db, error->detail);
        return;
    }
    tw_log(TW_LOG_INFO, "lane ready", TW_STR("lane", lane->options.name),
           TW_INT("lane_id", lane->head.lane_id));
    move(lane, LANE_IDLE);
    bank_lane_kick(lane);
}

static void take_heads(void *context, PGresult *result) {
    struct bank_lane *lane = context;
    int rows = PQntuples(result);
    lane->anchor_count = 0;
    for (int row = 0; row < rows && lane->anchor_count < ANCHORS_MAX; row++) {
        struct bank_anchor *anchor = &lane->anchors[lane->anchor_count++];
        anchor->lane_id = bank_row_i64(result, row, 0, 0);
        anchor->batch_no = bank_row_i64(result, row, 1, 0);
        bank_row_bytes(result, row, 2, anchor->digest, TW_DIGEST_BYTES);
    }
}

static void send_anchors(struct bank_lane *lane) {
    struct bank_params *params = &lane->params;
    bank_params_i64(params, lane->head.lane_id);
    bank_params_array(params, BANK_INT8, lane->anchor_count);
    for (size_t i = 0; i < lane->anchor_count; i++) {
        bank_params_i64(params, lane->anchors[i].lane_id);
    }
    bank_params_array(params, BANK_INT8, lane->anchor_count);
    for (size_t i = 0; i < lane->anchor_count; i++) {
        bank_params_i64(params, lane->anchors[i].batch_no);
    }
    bank_params_array(params, BANK_BYTEA, lane->anchor_count);
    for (size_t i = 0; i < lane->anchor_count; i++) {
        bank_params_bytes(params, lane->anchors[i].digest, TW_DIGEST_BYTES);
    }
    bank_db_send(lane->db, BANK_SQL_anchors_store, params, NULL, NULL);
}

static void on_heads(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_lane *lane = context;
    if (!tw_ok(status)) {
        bank_db_reset(lane->db, error->detail);
        return;
    }
    const struct tw_random *random = tw_loop_random(lane->loop);
    random->fill(random->context, &lane->head.lane_id, sizeof lane->head.lane_id);
    lane->head.lane_id &= INT64_MAX;
    lane->head.batch_no = 0;
    bank_chain_genesis(lane->chain, lane->head.lane_id, lane->anchors, lane->anchor_count,
                       lane->head.digest);
    bank_db_send(lane->db, BANK_SQL_begin, NULL, NULL, NULL);
    bank_params_i64(&lane->params, lane->head.lane_id);
    bank_params_text(&lane->params, lane->options.name);
    bank_params_bytes(&lane->params, lane->head.digest, TW_DIGEST_BYTES);
    bank_db_send(lane->db, BANK_SQL_lane_store, &lane->params, NULL, NULL);
    send_anchors(lane);
    bank_db_send(lane->db, BANK_SQL_commit, NULL, NULL, NULL);
    bank_db_sync(lane->db, on_registered, lane);
}

static void on_ready(void *context) {
    struct bank_lane *lane = context;
    if (lane->options.reads) {
        move(lane, LANE_IDLE);
        bank_lane_kick(lane);
        return;
    }
    move(lane, LANE_REGISTERING);
    bank_db_send(lane->db, BANK_SQL_lane_heads, NULL, take_heads, lane);
    bank_db_sync(lane->db, on_heads, lane);
}

static void on_lost(void *context) {
    struct bank_lane *lane = context;
    move(lane, LANE_DOWN);
    give_back(lane);
}

static void on_pause_over(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    bank_lane_kick(context);
}

static void on_patience_over(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct bank_lane *lane = context;
    bank_db_reset(lane->db, "the database said nothing for too long: outcome unknown");
}

struct tw_status bank_lane_new(struct tw_loop *loop, const struct bank_lane_options *options,
                               struct bank_lane **ret_lane, struct tw_error *ret_error) {
    struct bank_lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "lane");
    }
    lane->loop = loop;
    lane->options = *options;
    lane->phase = LANE_DOWN;
    lane->pause = event_new(tw_loop_base(loop), -1, 0, on_pause_over, lane);
    lane->patience = event_new(tw_loop_base(loop), -1, 0, on_patience_over, lane);
    struct tw_status status = lane->pause == NULL || lane->patience == NULL
                                  ? tw_fail(ret_error, TW_E_NO_MEMORY, "lane")
                                  : bank_chain_new(&lane->chain, ret_error);
    if (tw_ok(status)) {
        status = bank_book_new(options->services, options->batch_max, &lane->book, ret_error);
    }
    if (tw_ok(status)) {
        lane->book->stripe = options->stripe;
    }
    if (tw_ok(status)) {
        struct bank_db_options db = {.conninfo = options->conninfo,
                                     .application_name = options->name,
                                     .statements = bank_statements,
                                     .statement_count = BANK_STATEMENT_COUNT,
                                     .on_ready = on_ready,
                                     .on_lost = on_lost,
                                     .context = lane};
        status = bank_db_new(loop, &db, &lane->db, ret_error);
    }
    if (!tw_ok(status)) {
        bank_lane_free(lane);
        return status;
    }
    *ret_lane = lane;
    return tw_success();
}

void bank_lane_free(struct bank_lane *lane) {
    if (lane == NULL) {
        return;
    }
    bank_db_free(lane->db);
    if (lane->pause != NULL) {
        event_free(lane->pause);
    }
    if (lane->patience != NULL) {
        event_free(lane->patience);
    }
    bank_book_free(lane->book);
    bank_chain_free(lane->chain);
    bank_params_free(&lane->params);
    free(lane);
}

bool bank_lane_ready(const struct bank_lane *lane) {
    if (lane->phase == LANE_DOWN || lane->phase == LANE_REGISTERING) {
        return false;
    }
    int64_t busy_us = tw_now_us(tw_loop_clock(lane->loop)) - lane->batch_began_us;
    return lane->items == NULL || busy_us < lane->options.budget_ms * 1000;
}

bool bank_lane_working(const struct bank_lane *lane) {
    return lane->items != NULL;
}
