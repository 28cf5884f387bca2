/*
 * A lane: one connection, one batch at a time.
 *
 *   DOWN -> REGISTERING -> IDLE -> LOADING -> STORING -> IDLE      posting
 *   DOWN -> IDLE -> LOADING -> IDLE                                reading
 *   LOADING, STORING -> UNDOING -> IDLE (items go back)            the database refused
 *   any -> DOWN (items go back)                                    connection lost
 *
 * A batch beyond its budget only makes the lane not ready: nobody may cancel a COMMIT. After
 * BANK_LANE_GIVE_UP_BUDGETS times the budget the connection is given up, for a server that vanished
 * without a word; the items then run again elsewhere and find out what became of them.
 *
 * A posting lane registers itself anew at every connect: its hash chain then starts where no doubt
 * about a lost COMMIT can reach it.
 */
#ifndef BANK_ENGINE_LANE_H
#define BANK_ENGINE_LANE_H

#include "engine/claims.h"
#include "engine/op.h"
#include "net/loop.h"

#define BANK_LANE_GIVE_UP_BUDGETS 6
#define BANK_LANE_PASSES_MAX      2 /* then the item runs, whatever other lanes have */

struct bank_lane;

/* What a lane asks of its engine. */
struct bank_lane_owner {
    /* Next items to run, as a list of at most most; NULL: none. */
    struct bank_item *(*take)(void *context, bool reads, size_t most, size_t *ret_count);
    /* The batch did not happen, or nobody knows: repeat these (in order). */
    void (*give_back)(void *context, bool reads, struct bank_item *items);
    /* These are not in the batch, because another lane has their accounts: they stay first. */
    void (*pass_over)(void *context, struct bank_item *items);
    /* The batch is done: call every item's done. */
    void (*deliver)(void *context, bool reads, struct bank_item *items, size_t count);
    void *context;
};

struct bank_lane_options {
    const char *conninfo;
    const char *name;
    bool reads;
    size_t number;              /* among the posting lanes, from 0 */
    struct bank_claims *claims; /* NULL: there is no other lane */
    int16_t stripe;             /* of striped accounts; lanes of one process differ */
    size_t batch_max;
    int64_t budget_ms; /* a batch that takes longer makes the lane not ready */
    const struct bank_services *services;
    struct bank_lane_owner owner;
};

struct tw_status bank_lane_new(struct tw_loop *loop, const struct bank_lane_options *options,
                               struct bank_lane **ret_lane, struct tw_error *ret_error);
void bank_lane_free(struct bank_lane *lane);

/* Connected and registered, and its batch, if any, is within the budget. */
bool bank_lane_ready(const struct bank_lane *lane);
bool bank_lane_working(const struct bank_lane *lane); /* a batch is under way */
/* Takes a batch if idle and there is one. */
void bank_lane_kick(struct bank_lane *lane);

#endif
