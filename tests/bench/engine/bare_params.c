/* One array per column. Columns that are alike in all rows are written for each all the same: that
 * is what the engine sends. */
#include "bare_parts.h"

/* Of a batch of one, each row's value is a parameter of its own. */
static void start_column(struct bench_bare *bare, enum bank_type type, size_t count) {
    if (bare->rows > 1) {
        bank_params_array(&bare->params, type, count);
    }
}

/* params is the array's, i the row's number. */
#define EACH(type, put)                                                                            \
    start_column(bare, type, bare->rows);                                                          \
    for (size_t i = 0; i < bare->rows; i++) {                                                      \
        put;                                                                                       \
    }

static void put_nulls(struct bench_bare *bare, enum bank_type type) {
    struct bank_params *params = &bare->params;
    EACH(type, bank_params_null(params))
}

void bench_put_decisions(struct bench_bare *bare) {
    struct bank_params *params = &bare->params;
    const struct bank_decision *d = bare->decisions;
    EACH(BANK_UUID, bank_params_bytes(params, d[i].txid.bytes, sizeof d[i].txid.bytes))
    EACH(BANK_INT2, bank_params_i16(params, BANK_REQUEST))
    EACH(BANK_INT2, bank_params_i16(params, BANK_TRANSFER))
    EACH(BANK_INT4, bank_params_i32(params, d[i].acquirer))
    EACH(BANK_INT4, bank_params_i32(params, d[i].terminal_id))
    EACH(BANK_DATE, bank_params_date(params, d[i].business_date))
    EACH(BANK_INT4, bank_params_i32(params, d[i].stan))
    EACH(BANK_INT8, bank_params_i64(params, d[i].amount_minor))
    EACH(BANK_INT8, bank_params_i64(params, 0))
    EACH(BANK_INT8, bank_params_i64(params, d[i].card_id))
    EACH(BANK_INT8, bank_params_i64(params, d[i].account_id))
    EACH(BANK_INT8, bank_params_i64(params, d[i].to_account_id))
    EACH(BANK_INT8, bank_params_i64(params, d[i].ledger_minor))
    EACH(BANK_INT8, bank_params_i64(params, d[i].available_minor))
    EACH(BANK_INT8, bank_params_i64(params, d[i].entry_no))
    EACH(BANK_TEXT, bank_params_bytes(params, "00", 2))
    EACH(BANK_BYTEA, bank_params_bytes(params, d[i].content_digest, TW_DIGEST_BYTES))
    put_nulls(bare, BANK_TEXT); /* detail */
    EACH(BANK_INT4, bank_params_i32(params, (int32_t)i))
    put_nulls(bare, BANK_INT4); /* peer, window */
    put_nulls(bare, BANK_INT4);
    put_nulls(bare, BANK_INT8); /* its fees */
    put_nulls(bare, BANK_INT8);
    bank_params_i64(params, bare->head.lane_id);
    bank_params_i64(params, bare->head.batch_no);
}

#undef EACH
#define EACH(type, count, put)                                                                     \
    start_column(bare, type, count);                                                               \
    for (size_t i = 0; i < (count); i++) {                                                         \
        put;                                                                                       \
    }

void bench_put_entries(struct bench_bare *bare) {
    struct bank_params *params = &bare->params;
    const struct bank_entry *e = bare->entries;
    size_t count = bare->rows * 2;
    EACH(BANK_INT8, count, bank_params_i64(params, e[i].account_id))
    EACH(BANK_INT8, count, bank_params_i64(params, e[i].entry_no))
    EACH(BANK_INT8, count, bank_params_i64(params, e[i].amount_minor))
    EACH(BANK_INT8, count, bank_params_i64(params, e[i].balance_minor))
    EACH(BANK_UUID, count, bank_params_bytes(params, e[i].txid.bytes, sizeof e[i].txid.bytes))
    EACH(BANK_INT2, count, bank_params_i16(params, BANK_REQUEST))
}

void bench_put_accounts(struct bench_bare *bare) {
    struct bank_params *params = &bare->params;
    const struct bench_account *a = bare->accounts;
    size_t count = bare->account_count;
    EACH(BANK_INT8, count, bank_params_i64(params, a[i].id))
    EACH(BANK_INT8, count, bank_params_i64(params, a[i].balance))
    EACH(BANK_INT8, count, bank_params_i64(params, a[i].entry_no))
    EACH(BANK_INT8, count, bank_params_i64(params, a[i].used))
    EACH(BANK_DATE, count,
         a[i].date != BANK_NO_DATE ? bank_params_date(params, a[i].date) : bank_params_null(params))
}
#undef EACH

void bench_put_batch(struct bench_bare *bare) {
    bank_params_i64(&bare->params, bare->head.lane_id);
    bank_params_i64(&bare->params, bare->head.batch_no);
    bank_params_i32(&bare->params, (int32_t)bare->rows);
    bank_params_bytes(&bare->params, bare->head.digest, TW_DIGEST_BYTES);
}
