/* Stripes are added up here and not by the database, which cannot add digests. */
#include "flow/clearing_totals.h"

#include <string.h>

#include "clearing/item.h"
#include "db/rows.h"

void bank_pair_positions_take(struct bank_pair_positions *positions, const PGresult *result) {
    int rows = PQntuples(result);
    tw_assert(rows <= BANK_STRIPES);
    positions->count = (size_t)rows;
    for (int row = 0; row < rows; row++) {
        struct bank_stripe_position *stripe = &positions->stripes[row];
        stripe->stripe = bank_row_i16(result, row, 0);
        stripe->debit_count = bank_row_i64(result, row, 1, 0);
        stripe->debit_minor = bank_row_i64(result, row, 2, 0);
        stripe->credit_count = bank_row_i64(result, row, 3, 0);
        stripe->credit_minor = bank_row_i64(result, row, 4, 0);
        stripe->reversal_count = bank_row_i64(result, row, 5, 0);
        stripe->reversal_minor = bank_row_i64(result, row, 6, 0);
        stripe->fee_minor = bank_row_i64(result, row, 7, 0);
        bank_row_bytes(result, row, 8, stripe->digest, sizeof stripe->digest);
    }
}

struct ib_totals bank_pair_totals(const struct bank_pair_positions *positions, int32_t own,
                                  int32_t peer, int32_t window_no, struct tw_currency currency) {
    struct ib_totals totals = {
        .bank = own, .peer = peer, .window_no = window_no, .currency = currency};
    struct ib_item_digest sum = {{0}};
    for (size_t i = 0; i < positions->count; i++) {
        const struct bank_stripe_position *stripe = &positions->stripes[i];
        struct ib_item_digest digest;
        totals.debit_count += stripe->debit_count;
        totals.debit_amount += stripe->debit_minor;
        totals.credit_count += stripe->credit_count;
        totals.credit_amount += stripe->credit_minor;
        totals.reversal_count += stripe->reversal_count;
        totals.reversal_amount += stripe->reversal_minor;
        totals.fee_amount += stripe->fee_minor;
        memcpy(digest.bytes, stripe->digest, sizeof digest.bytes);
        ib_item_digest_add(&sum, &digest);
    }
    (void)ib_item_digest_text(&sum, totals.digest);
    return totals;
}
