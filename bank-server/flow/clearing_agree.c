/*
 * One statement does it all or nothing: agreed are the very positions that were compared, or the
 * database says that they have changed and a later poll compares again.
 */
#include <stdio.h>
#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "db/rows.h"
#include "db/statements.h"
#include "flow/clearing_pair.h"

static void put_positions(struct bank_params *params, const struct bank_pair_positions *positions) {
    bank_params_array(params, BANK_INT2, positions->count);
    for (size_t i = 0; i < positions->count; i++) {
        bank_params_i16(params, positions->stripes[i].stripe);
    }
    bank_params_array(params, BANK_INT8, positions->count);
    for (size_t i = 0; i < positions->count; i++) {
        bank_params_i64(params, positions->stripes[i].debit_minor);
    }
    bank_params_array(params, BANK_INT8, positions->count);
    for (size_t i = 0; i < positions->count; i++) {
        bank_params_i64(params, positions->stripes[i].credit_minor);
    }
    bank_params_array(params, BANK_BYTEA, positions->count);
    for (size_t i = 0; i < positions->count; i++) {
        const struct bank_stripe_position *stripe = &positions->stripes[i];
        bank_params_bytes(params, stripe->digest, sizeof stripe->digest);
    }
}

static void put_breaks(struct bank_params *params, const struct ib_match_break *breaks,
                       size_t count) {
    bank_params_array(params, BANK_UUID, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_bytes(params, breaks[i].id.bytes, sizeof breaks[i].id.bytes);
    }
    bank_params_array(params, BANK_UUID, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_bytes(params, breaks[i].txid.bytes, sizeof breaks[i].txid.bytes);
    }
    bank_params_array(params, BANK_TEXT, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_text(params, ib_break_class_name(breaks[i].class));
    }
    bank_params_array(params, BANK_INT8, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_i64(params, breaks[i].ours_minor);
    }
    bank_params_array(params, BANK_INT8, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_i64(params, breaks[i].theirs_minor);
    }
    bank_params_array(params, BANK_INT4, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_i32(params, breaks[i].other_window_no);
    }
}

/* Which of our entries are in which break. */
static void put_entries(struct bank_params *params, const struct ib_match *match) {
    size_t count = match != NULL ? match->ours_count : 0;
    bank_params_array(params, BANK_UUID, count);
    for (size_t b = 0; count > 0 && b < match->break_count; b++) {
        for (size_t i = 0; i < match->breaks[b].count_ours; i++) {
            bank_params_bytes(params, match->breaks[b].id.bytes, sizeof match->breaks[b].id.bytes);
        }
    }
    bank_params_array(params, BANK_INT8, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_i64(params, match->ours[i].account_id);
    }
    bank_params_array(params, BANK_INT8, count);
    for (size_t i = 0; i < count; i++) {
        bank_params_i64(params, match->ours[i].entry_no);
    }
}

struct ib_match_agreed bank_talk_agreed(const struct bank_talk *talk,
                                        const struct ib_match *match) {
    const struct ib_totals *ours = &talk->facts.ours;
    struct ib_match_agreed agreed = {.debit_count = ours->debit_count,
                                     .debit_minor = ours->debit_amount,
                                     .credit_count = ours->credit_count,
                                     .credit_minor = ours->credit_amount};
    for (size_t i = 0; match != NULL && i < match->ours_count; i++) {
        int64_t amount = match->ours[i].amount_minor;
        agreed.debit_count -= amount > 0 ? 1 : 0;
        agreed.debit_minor -= amount > 0 ? amount : 0;
        agreed.credit_count -= amount < 0 ? 1 : 0;
        agreed.credit_minor += amount < 0 ? amount : 0;
    }
    return agreed;
}

static void on_outcome(void *context, PGresult *result) {
    struct bank_talk *talk = context;
    if (PQntuples(result) == 1) {
        (void)snprintf(talk->outcome, sizeof talk->outcome, "%s", bank_row_text(result, 0, 0));
    }
}

static void on_agreed(void *context, struct tw_status status, const struct tw_error *error) {
    struct bank_talk *talk = context;
    talk->in_database = false;
    if (!tw_ok(status)) {
        bank_talk_log_failure(talk, error);
    } else if (strcmp(talk->outcome, "AGREED") == 0) {
        tw_crash_point("clearing.agreed");
        tw_log(talk->reason[0] == '\0' ? TW_LOG_INFO : TW_LOG_WARN, "window agreed with a peer",
               TW_INT("window_no", talk->window_no), TW_INT("peer", talk->peer),
               TW_STR("breaks", talk->reason));
    }
    bank_talk_over(talk);
}

void bank_talk_agree(struct bank_talk *talk, const struct ib_match *match) {
    struct bank_clearing *clearing = talk->clearing;
    struct bank_params *params = &clearing->params;
    struct ib_match_agreed agreed = bank_talk_agreed(talk, match);
    if (!bank_clearing_alive(clearing)) {
        bank_talk_end(talk);
        return;
    }
    tw_crash_point("clearing.agreeing");
    talk->reason[0] = '\0';
    if (match != NULL && match->break_count > 0) {
        (void)snprintf(talk->reason, sizeof talk->reason, "%zu left out", match->break_count);
    }
    talk->in_database = true;
    bank_params_i32(params, talk->window_no);
    bank_params_i32(params, talk->peer);
    bank_params_array(params, BANK_INT8, 4);
    bank_params_i64(params, agreed.debit_count);
    bank_params_i64(params, agreed.debit_minor);
    bank_params_i64(params, agreed.credit_count);
    bank_params_i64(params, agreed.credit_minor);
    bank_params_text(params, talk->reason[0] != '\0' ? talk->reason : NULL);
    bank_params_text(params, talk->statement);
    bank_params_text(params, talk->certificate);
    put_positions(params, &talk->positions);
    put_breaks(params, match != NULL ? match->breaks : NULL,
               match != NULL ? match->break_count : 0);
    put_entries(params, match);
    bank_params_i64(params, tw_ahead_ms(clearing->trust.clock));
    bank_db_send(clearing->db, BANK_SQL_pair_agree, params, on_outcome, talk);
    bank_db_sync(clearing->db, on_agreed, talk);
}
