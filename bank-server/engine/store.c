/*
 * One statement per table, arrays per column. A lone posting has statements of its own that take
 * its one decision and two legs value by value: taking arrays apart costs a seventh of what such a
 * batch does in the database. Rows touched are compared with rows meant: a difference means that
 * our locks or our arithmetic lied, and the process stops rather than go on.
 */
#include "engine/store.h"

#include <stdlib.h>

#include "db/rows.h"
#include "db/statements.h"
#include "engine/op.h"
#include "engine/tally.h"

static void check_touched(void *context, PGresult *result) {
    size_t meant = (size_t)(uintptr_t)context;
    tw_assert(bank_rows_touched(result) == meant);
}

static void send_rows(struct bank_db *db, enum bank_statement_id statement,
                      struct bank_params *params, size_t rows) {
    bank_db_send(db, statement, params, check_touched, (void *)(uintptr_t)rows);
}

/* The next column of `count` rows: an array, or each row's value a parameter of its own. */
static void start_column(struct bank_params *params, enum bank_type type, size_t count,
                         bool by_value) {
    if (!by_value) {
        bank_params_array(params, type, count);
    }
}

/* Ledger amounts of the batch, checked before they are encoded. */
static void assert_zero_sum(const struct bank_book *book) {
    int64_t sum = 0;
    for (size_t i = 0; i < book->entry_count; i++) {
        bool fits = tw_money_add(sum, book->entries[i].amount_minor, &sum);
        tw_assert(fits);
    }
    tw_assert(sum == 0);
}

static void put_date_or_null(struct bank_params *params, int32_t date) {
    if (date != BANK_NO_DATE) {
        bank_params_date(params, date);
    } else {
        bank_params_null(params);
    }
}

static void store_accounts(struct bank_book *book, struct bank_db *db, struct bank_params *params) {
    size_t changed = 0;
    for (size_t i = 0; i < book->account_count; i++) {
        changed += book->accounts[i].changed ? 1 : 0;
    }
    if (changed == 0) {
        return;
    }
    const bool pair = changed == 2;
#define EACH_CHANGED(put, member)                                                                  \
    for (size_t i = 0; i < book->account_count; i++) {                                             \
        if (book->accounts[i].changed) {                                                           \
            put(params, book->accounts[i].member);                                                 \
        }                                                                                          \
    }
    start_column(params, BANK_INT8, changed, pair);
    EACH_CHANGED(bank_params_i64, id)
    start_column(params, BANK_INT8, changed, pair);
    EACH_CHANGED(bank_params_i64, balance_minor)
    start_column(params, BANK_INT8, changed, pair);
    EACH_CHANGED(bank_params_i64, entry_no)
    start_column(params, BANK_INT8, changed, pair);
    EACH_CHANGED(bank_params_i64, daily_used_minor)
    start_column(params, BANK_DATE, changed, pair);
    EACH_CHANGED(put_date_or_null, daily_date)
#undef EACH_CHANGED
    send_rows(db, pair ? BANK_SQL_account_pair_store : BANK_SQL_accounts_store, params, changed);
}

static void store_entries(struct bank_book *book, struct bank_db *db, struct bank_params *params) {
    size_t count = book->entry_count;
    if (count == 0) {
        return;
    }
    const bool pair = count == 2;
#define EACH_ENTRY(put, member)                                                                    \
    for (size_t i = 0; i < count; i++) {                                                           \
        put(params, book->entries[i].member);                                                      \
    }
    start_column(params, BANK_INT8, count, pair);
    EACH_ENTRY(bank_params_i64, account_id)
    start_column(params, BANK_INT8, count, pair);
    EACH_ENTRY(bank_params_i64, entry_no)
    start_column(params, BANK_INT8, count, pair);
    EACH_ENTRY(bank_params_i64, amount_minor)
    start_column(params, BANK_INT8, count, pair);
    EACH_ENTRY(bank_params_i64, balance_minor)
#undef EACH_ENTRY
    start_column(params, BANK_UUID, count, pair);
    for (size_t i = 0; i < count; i++) {
        bank_params_bytes(params, book->entries[i].txid.bytes, sizeof(struct tw_uuid));
    }
    start_column(params, BANK_INT2, count, pair);
    for (size_t i = 0; i < count; i++) {
        bank_params_i16(params, (int16_t)book->entries[i].phase);
    }
    send_rows(db, pair ? BANK_SQL_entry_pair_store : BANK_SQL_entries_store, params, count);
}

static void put_i64_or_null(struct bank_params *params, int64_t value, bool present) {
    if (present) {
        bank_params_i64(params, value);
    } else {
        bank_params_null(params);
    }
}

static void store_decisions(struct bank_book *book, struct bank_db *db, struct bank_params *params,
                            const struct bank_lane_head *next) {
    const struct bank_decision *made = book->decisions + book->loaded_count;
    size_t count = book->decision_count - book->loaded_count;
    const bool one = count == 1;
#define COLUMN(type, put)                                                                          \
    start_column(params, type, count, one);                                                        \
    for (size_t i = 0; i < count; i++) {                                                           \
        const struct bank_decision *d = &made[i];                                                  \
        put;                                                                                       \
    }
    COLUMN(BANK_UUID, bank_params_bytes(params, d->txid.bytes, sizeof d->txid.bytes))
    COLUMN(BANK_INT2, bank_params_i16(params, (int16_t)d->phase))
    COLUMN(BANK_INT2, bank_params_i16(params, (int16_t)d->operation))
    COLUMN(BANK_INT4, bank_params_i32(params, d->acquirer))
    COLUMN(BANK_INT4, bank_params_i32(params, d->terminal_id))
    COLUMN(BANK_DATE, bank_params_date(params, d->business_date))
    COLUMN(BANK_INT4, d->stan != 0 ? bank_params_i32(params, d->stan) : bank_params_null(params))
    COLUMN(BANK_INT8, bank_params_i64(params, d->amount_minor))
    COLUMN(BANK_INT8, bank_params_i64(params, d->kept_minor))
    COLUMN(BANK_INT8, put_i64_or_null(params, d->card_id, d->card_id != 0))
    COLUMN(BANK_INT8, put_i64_or_null(params, d->account_id, d->account_id != 0))
    COLUMN(BANK_INT8, put_i64_or_null(params, d->to_account_id, d->to_account_id != 0))
    COLUMN(BANK_INT8, put_i64_or_null(params, d->ledger_minor, d->has_balance))
    COLUMN(BANK_INT8, put_i64_or_null(params, d->available_minor, d->has_balance))
    COLUMN(BANK_INT8, put_i64_or_null(params, d->entry_no, d->has_balance))
    COLUMN(BANK_TEXT, bank_params_text(params, tw_rc_digits(d->rc)))
    COLUMN(BANK_BYTEA, bank_params_bytes(params, d->content_digest, TW_DIGEST_BYTES))
    COLUMN(BANK_TEXT, bank_params_text(params, d->detail))
    COLUMN(BANK_INT4, bank_params_i32(params, d->item_no))
    COLUMN(BANK_INT4, d->peer != 0 ? bank_params_i32(params, d->peer) : bank_params_null(params))
    COLUMN(BANK_INT4,
           d->window_no != 0 ? bank_params_i32(params, d->window_no) : bank_params_null(params))
    COLUMN(BANK_INT8, put_i64_or_null(params, d->surcharge_minor, d->peer != 0))
    COLUMN(BANK_INT8, put_i64_or_null(params, d->interchange_minor, d->peer != 0))
#undef COLUMN
    bank_params_i64(params, next->lane_id);
    bank_params_i64(params, next->batch_no);
    send_rows(db, one ? BANK_SQL_decision_store : BANK_SQL_decisions_store, params, count);
}

static void store_cards(struct bank_book *book, struct bank_db *db, struct bank_params *params) {
    size_t changed = 0;
    for (size_t i = 0; i < book->card_count; i++) {
        tw_assert(!book->cards[i].changed || book->cards[i].locked);
        changed += book->cards[i].changed ? 1 : 0;
    }
    if (changed == 0) {
        return;
    }
#define COLUMN(type, put)                                                                          \
    bank_params_array(params, type, changed);                                                      \
    for (size_t i = 0; i < book->card_count; i++) {                                                \
        const struct bank_card *c = &book->cards[i];                                               \
        if (c->changed) {                                                                          \
            put;                                                                                   \
        }                                                                                          \
    }
    COLUMN(BANK_INT8, bank_params_i64(params, c->id))
    COLUMN(BANK_INT2, bank_params_i16(params, (int16_t)c->tries_left))
    COLUMN(BANK_UUID, c->has_session
                          ? bank_params_bytes(params, c->session.bytes, sizeof c->session.bytes)
                          : bank_params_null(params))
    COLUMN(BANK_BYTEA, bank_params_bytes(params, c->pin_digest, TW_DIGEST_BYTES))
    COLUMN(BANK_DATE, put_date_or_null(params, c->usage_date))
    COLUMN(BANK_INT8, bank_params_i64(params, c->used_minor))
    COLUMN(BANK_INT4, bank_params_i32(params, (int32_t)c->used_count))
#undef COLUMN
    send_rows(db, BANK_SQL_cards_store, params, changed);
}

static void store_terminals(struct bank_book *book, struct bank_db *db,
                            struct bank_params *params) {
    size_t changed = 0;
    for (size_t i = 0; i < book->terminal_count; i++) {
        tw_assert(!book->terminals[i].changed || book->terminals[i].locked);
        changed += book->terminals[i].changed ? 1 : 0;
    }
    if (changed == 0) {
        return;
    }
#define COLUMN(type, put)                                                                          \
    bank_params_array(params, type, changed);                                                      \
    for (size_t i = 0; i < book->terminal_count; i++) {                                            \
        const struct bank_terminal *t = &book->terminals[i];                                       \
        if (t->changed) {                                                                          \
            put;                                                                                   \
        }                                                                                          \
    }
    COLUMN(BANK_INT4, bank_params_i32(params, t->id))
    COLUMN(BANK_BOOL, bank_params_bool(params, t->signed_on))
    COLUMN(BANK_INT4, bank_params_i32(params, t->pin_failures))
    COLUMN(BANK_INT8, bank_params_i64(params, t->period_no))
    COLUMN(BANK_INT8, bank_params_i64(params, t->period_atm_no))
    COLUMN(BANK_INT8, bank_params_i64(params, t->period_clr_no))
#undef COLUMN
    send_rows(db, BANK_SQL_terminals_store, params, changed);
}

static void store_exposures(struct bank_book *book, struct bank_db *db,
                            struct bank_params *params) {
    size_t changed = 0;
    for (size_t i = 0; i < book->exposure_count; i++) {
        changed += book->exposures[i].changed ? 1 : 0;
    }
    if (changed == 0) {
        return;
    }
#define COLUMN(type, put)                                                                          \
    bank_params_array(params, type, changed);                                                      \
    for (size_t i = 0; i < book->exposure_count; i++) {                                            \
        const struct bank_exposure *e = &book->exposures[i];                                       \
        if (e->changed) {                                                                          \
            put;                                                                                   \
        }                                                                                          \
    }
    COLUMN(BANK_INT4, bank_params_i32(params, e->peer))
    COLUMN(BANK_INT2, bank_params_i16(params, e->stripe))
    COLUMN(BANK_INT8, bank_params_i64(params, e->owed_minor))
    COLUMN(BANK_INT8, bank_params_i64(params, e->share_minor))
#undef COLUMN
    send_rows(db, BANK_SQL_exposures_store, params, changed);
}

static void store_positions(struct bank_book *book, struct bank_db *db,
                            struct bank_params *params) {
    size_t changed = 0;
    for (size_t i = 0; i < book->position_count; i++) {
        changed += book->positions[i].changed ? 1 : 0;
    }
    if (changed == 0) {
        return;
    }
#define COLUMN(type, put)                                                                          \
    bank_params_array(params, type, changed);                                                      \
    for (size_t i = 0; i < book->position_count; i++) {                                            \
        const struct bank_position *p = &book->positions[i];                                       \
        if (p->changed) {                                                                          \
            put;                                                                                   \
        }                                                                                          \
    }
    COLUMN(BANK_INT4, bank_params_i32(params, p->peer))
    COLUMN(BANK_INT4, bank_params_i32(params, p->window_no))
    COLUMN(BANK_INT2, bank_params_i16(params, p->stripe))
    COLUMN(BANK_INT8, bank_params_i64(params, p->debit_count))
    COLUMN(BANK_INT8, bank_params_i64(params, p->debit_minor))
    COLUMN(BANK_INT8, bank_params_i64(params, p->credit_count))
    COLUMN(BANK_INT8, bank_params_i64(params, p->credit_minor))
    COLUMN(BANK_INT8, bank_params_i64(params, p->reversal_count))
    COLUMN(BANK_INT8, bank_params_i64(params, p->reversal_minor))
    COLUMN(BANK_INT8, bank_params_i64(params, p->fee_minor))
    COLUMN(BANK_BYTEA, bank_params_bytes(params, p->digest.bytes, sizeof p->digest.bytes))
#undef COLUMN
    send_rows(db, BANK_SQL_positions_store, params, changed);
}

/* New messages, or (stored false) those that are answered. */
static void store_saf(struct bank_book *book, struct bank_db *db, struct bank_params *params,
                      bool stored) {
    size_t count = 0;
    for (size_t i = 0; i < book->saf_count; i++) {
        count += (book->saf[i].method != NULL) == stored ? 1 : 0;
    }
    if (count == 0) {
        return;
    }
#define COLUMN(type, put)                                                                          \
    bank_params_array(params, type, count);                                                        \
    for (size_t i = 0; i < book->saf_count; i++) {                                                 \
        const struct bank_saf *m = &book->saf[i];                                                  \
        if ((m->method != NULL) == stored) {                                                       \
            put;                                                                                   \
        }                                                                                          \
    }
    COLUMN(BANK_INT4, bank_params_i32(params, m->peer))
    COLUMN(BANK_UUID, bank_params_bytes(params, m->txid.bytes, sizeof m->txid.bytes))
    COLUMN(BANK_INT2, bank_params_i16(params, (int16_t)m->phase))
    if (!stored) {
        bank_db_send(db, BANK_SQL_saf_delete, params, NULL, NULL);
        return;
    }
    COLUMN(BANK_TEXT, bank_params_text(params, m->method))
    COLUMN(BANK_TEXT, bank_params_text(params, m->params))
#undef COLUMN
    bank_params_i32(params, book->window_no);
    bank_params_i64(params, tw_ahead_ms(book->services->clock));
    bank_db_send(db, BANK_SQL_saf_store, params, NULL, NULL);
}

static int by_account(const void *a, const void *b) {
    const struct bank_entry *left = a;
    const struct bank_entry *right = b;
    if (left->account_id != right->account_id) {
        return left->account_id < right->account_id ? -1 : 1;
    }
    return left->entry_no < right->entry_no ? -1 : 1;
}

/* Numbers the decisions, sorts each decision's entries (they lie together), links the chain. */
static void link_chain(struct bank_book *book, struct bank_chain *chain,
                       const struct bank_lane_head *head, struct bank_lane_head *next) {
    next->lane_id = head->lane_id;
    next->batch_no = head->batch_no + 1;
    bank_chain_begin(chain, head->digest, next->batch_no, book->business_date);
    size_t entry = 0;
    for (size_t i = book->loaded_count; i < book->decision_count; i++) {
        struct bank_decision *decision = &book->decisions[i];
        decision->item_no = (int32_t)(i - book->loaded_count);
        bank_chain_decision(chain, decision);
        size_t first = entry;
        while (entry < book->entry_count && book->entries[entry].phase == decision->phase &&
               tw_uuid_equal(&book->entries[entry].txid, &decision->txid)) {
            entry++;
        }
        qsort(book->entries + first, entry - first, sizeof *book->entries, by_account);
        for (size_t e = first; e < entry; e++) {
            bank_chain_entry(chain, &book->entries[e]);
        }
    }
    tw_assert(entry == book->entry_count);
    bank_chain_end(chain, next->digest);
}

void bank_store(struct bank_book *book, struct bank_db *db, struct bank_params *params,
                struct bank_chain *chain, const struct bank_lane_head *head,
                struct bank_lane_head *ret_next) {
    assert_zero_sum(book);
    *ret_next = *head;
    size_t made = book->decision_count - book->loaded_count;
    if (made > 0) {
        link_chain(book, chain, head, ret_next);
        store_decisions(book, db, params, ret_next);
        store_entries(book, db, params);
        bank_tally(book);
        bank_params_i64(params, ret_next->lane_id);
        bank_params_i64(params, ret_next->batch_no);
        bank_params_i32(params, (int32_t)made);
        bank_params_bytes(params, ret_next->digest, TW_DIGEST_BYTES);
        send_rows(db, BANK_SQL_batch_store, params, 1);
    }
    store_accounts(book, db, params);
    store_cards(book, db, params);
    store_terminals(book, db, params);
    store_exposures(book, db, params);
    store_positions(book, db, params);
    store_saf(book, db, params, true);
    store_saf(book, db, params, false);
}
