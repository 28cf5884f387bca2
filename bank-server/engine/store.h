/* The write half of a batch: everything the decisions changed, set-based, the batch's link of the
 * hash chain, and the COMMIT. */
#ifndef BANK_ENGINE_STORE_H
#define BANK_ENGINE_STORE_H

#include "db/connection.h"
#include "engine/book.h"
#include "engine/chain.h"

struct bank_lane_head { /* where the lane's chain stands */
    int64_t lane_id, batch_no;
    uint8_t digest[TW_DIGEST_BYTES];
};

/* Decisions that the batch made; entries must add up to zero (checked, abort).
 * Queues the statements up to and without the COMMIT; *ret_next is the head once it commits. */
void bank_store(struct bank_book *book, struct bank_db *db, struct bank_params *params,
                struct bank_chain *chain, const struct bank_lane_head *head,
                struct bank_lane_head *ret_next);

#endif
