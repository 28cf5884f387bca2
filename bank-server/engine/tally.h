/*
 * Positions: what the items between this bank and a peer add up to, kept as they post. An item is
 * an entry on an IB account; the peer's book has it with the same txid and the opposite amount, so
 * counts, sums and the digest of both must come out the same. The rule below is also written in
 * SQL, as the view interbank_item (sql/migrations/0008), by which the audit judges it.
 *
 *   decision (phase)             entry is an item that       fees inside
 *   request, credit, fee         stands                      as decided
 *   reversal, return             undoes                      as decided
 *   outcome of a transfer        stands                      none
 *   outcome of a reversal        undoes, if it has the sign  as decided
 *                                of one; else it is the
 *                                original that was not
 *                                booked here before
 *   break correction             stands, in the window of    none
 *                                the decision; what leaves
 *                                the old window is no item
 *   close of a window            is no item
 */
#ifndef BANK_ENGINE_TALLY_H
#define BANK_ENGINE_TALLY_H

#include "engine/book.h"

struct bank_tally {
    bool counts; /* it is an item */
    bool undoes; /* a reversal or return */
    int64_t fee_minor;
};

/* Of one entry of the decision, on whatever account. */
struct bank_tally bank_tally_of(const struct bank_decision *decision,
                                const struct bank_entry *entry);

/* Adds the batch's items to the positions. Once, when all is decided. */
void bank_tally(struct bank_book *book);

#endif
