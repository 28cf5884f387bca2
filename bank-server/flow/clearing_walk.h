/*
 * A walk over all items of this bank's book with one peer in one window, in chunks, so that a
 * window with millions of items neither blocks the loop nor fills memory.
 *
 * The walk belongs to whoever embeds it; it ends by on_end, or silently when its connection is
 * lost, which the connection's owner hears. on_item may be called for items in any order of txid.
 */
#ifndef BANK_FLOW_CLEARING_WALK_H
#define BANK_FLOW_CLEARING_WALK_H

#include "core/uuid.h"
#include "db/connection.h"

struct bank_walk_item {
    int64_t account_id, entry_no;
    struct tw_uuid txid;
    int64_t amount_minor; /* debit positive: the peer owes */
    int16_t phase;
    bool reversal;
};

struct bank_walk {
    struct bank_db *db;
    struct bank_params *params; /* lent for the moment of sending */
    int32_t peer, window_no;
    /* False ends the walk, with the status of an ordinary end. */
    bool (*on_item)(void *context, const struct bank_walk_item *item);
    /* Asked before each chunk but the first. False ends the walk with DEADLINE: it is not whole. */
    bool (*go_on)(void *context);
    void (*on_end)(void *context, struct tw_status status, const struct tw_error *error);
    void *context;
    /* Its own. */
    int64_t account_id, entry_no;
    int rows;
    bool ended;
};

/* Everything above "its own" is set. The connection must be ready. */
void bank_walk_start(struct bank_walk *walk);

#endif
