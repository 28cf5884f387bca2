/* The accounts of a pair and window are one range of the entries' primary key: the last entry of a
 * chunk is where the next one begins. */
#include "flow/clearing_walk.h"

#include "db/rows.h"
#include "db/statements.h"
#include "engine/book.h"

#define CHUNK 2000

static void next_chunk(struct bank_walk *walk);

static void on_rows(void *context, PGresult *result) {
    struct bank_walk *walk = context;
    walk->rows = PQntuples(result);
    for (int row = 0; row < walk->rows && !walk->ended; row++) {
        struct bank_walk_item item = {.account_id = bank_row_i64(result, row, 0, 0),
                                      .entry_no = bank_row_i64(result, row, 1, 0),
                                      .txid = bank_row_uuid(result, row, 2),
                                      .amount_minor = bank_row_i64(result, row, 3, 0),
                                      .phase = bank_row_i16(result, row, 4),
                                      .reversal = bank_row_bool(result, row, 5)};
        walk->account_id = item.account_id;
        walk->entry_no = item.entry_no;
        walk->ended = !walk->on_item(walk->context, &item);
    }
}

static void give_up(struct bank_walk *walk) {
    struct tw_error error = {0};
    struct tw_status status = tw_fail(&error, TW_E_DEADLINE, "nobody waits for it any more");
    walk->on_end(walk->context, status, &error);
}

static void on_chunk(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_walk *walk = context;
    bool more = tw_ok(status) && !walk->ended && walk->rows == CHUNK;
    if (!more) {
        walk->on_end(walk->context, status, error);
    } else if (walk->go_on(walk->context)) {
        next_chunk(walk);
    } else {
        give_up(walk);
    }
}

static void next_chunk(struct bank_walk *walk) {
    int64_t first = bank_interbank_account(walk->peer, walk->window_no, 0);
    walk->rows = 0;
    bank_params_i64(walk->params, first);
    bank_params_i64(walk->params, first + BANK_STRIPES - 1);
    bank_params_i64(walk->params, walk->account_id);
    bank_params_i64(walk->params, walk->entry_no);
    bank_params_i32(walk->params, CHUNK);
    bank_db_send(walk->db, BANK_SQL_pair_items, walk->params, on_rows, walk);
    bank_db_sync(walk->db, on_chunk, walk);
}

void bank_walk_start(struct bank_walk *walk) {
    walk->account_id = 0;
    walk->entry_no = 0;
    walk->ended = false;
    next_chunk(walk);
}
