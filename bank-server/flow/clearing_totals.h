/*
 * This bank's running totals of one pair and window (table position), as they are compared, signed
 * and agreed. Amounts are minor units, debit positive where signed. Pure.
 */
#ifndef BANK_FLOW_CLEARING_TOTALS_H
#define BANK_FLOW_CLEARING_TOTALS_H

#include <libpq-fe.h>

#include "clearing/statement.h"
#include "engine/book.h"

/* The IB account of one stripe. */
struct bank_stripe_position {
    int16_t stripe;
    int64_t debit_count, debit_minor;
    int64_t credit_count, credit_minor;
    int64_t reversal_count, reversal_minor;
    int64_t fee_minor;
    uint8_t digest[IB_ITEM_DIGEST_BYTES];
};

struct bank_pair_positions {
    size_t count;
    struct bank_stripe_position stripes[BANK_STRIPES];
};

/* All rows of db/sql/pair_positions.sql. */
void bank_pair_positions_take(struct bank_pair_positions *positions, const PGresult *result);

/* What is compared with the peer's: of all stripes together. */
struct ib_totals bank_pair_totals(const struct bank_pair_positions *positions, int32_t own,
                                  int32_t peer, int32_t window_no, struct tw_currency currency);

#endif
