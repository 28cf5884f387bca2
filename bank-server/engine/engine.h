/*
 * The posting engine: items in, decisions out, in batches.
 *
 * Requests queue here, never inside PostgreSQL. Each lane is one connection that runs one batch at
 * a time: lock and read, decide in C, write back, commit. While one batch commits, the next
 * gathers; there is no timer, so a lone request waits for nobody. An answer leaves only after its
 * COMMIT's result arrived. One bad item never fails its batch mates: a batch that the database
 * refuses is run again, in the end item by item. Lanes of one engine rarely wait for each other: an
 * item whose account is in another lane's batch is left for the next one (engine/claims.h). Items
 * of several bank servers meet only in the database's row locks.
 *
 * A request whose time is over while it waits is answered DEADLINE, or UNAVAILABLE when there is no
 * database to wait for; one that is in a batch by then gets the batch's answer.
 *
 *   item: submitted -> QUEUED -> in a batch -> done      (again QUEUED when the batch must be
 * repeated) lane: see engine/lane.h
 *
 * Units: items; times in milliseconds. Single-threaded, on the loop.
 */
#ifndef BANK_ENGINE_ENGINE_H
#define BANK_ENGINE_ENGINE_H

#include "engine/op.h"
#include "net/loop.h"

struct bank_engine;

struct bank_engine_options {
    const char *conninfo;    /* as role tw_bank */
    const char *server_name; /* for lanes and application_name */
    size_t lanes;            /* posting connections */
    size_t readers;          /* connections for operations that only read */
    size_t batch_max;
    int64_t budget_ms; /* for one batch; longer: not ready */
    size_t queue_max;  /* more waiting items than this: BUSY */
};

struct bank_engine_counters {
    uint64_t items, batches, reads, read_batches, repeats, expired;
    uint64_t passed_over; /* items, each time another lane had their accounts */
    size_t queued, in_batch, lanes_ready;
};

struct tw_status bank_engine_new(struct tw_loop *loop, const struct bank_services *services,
                                 const struct bank_engine_options *options,
                                 struct bank_engine **ret_engine, struct tw_error *ret_error);
void bank_engine_free(struct bank_engine *engine); /* nothing may be in flight */

/* item->op, request, acquirer, done must be set; prepare has run. item->done is called exactly
 * once, later, from the loop. BUSY (and no callback) when the queue is full. */
struct tw_status bank_engine_submit(struct bank_engine *engine, struct bank_item *item,
                                    struct tw_error *ret_error);

bool bank_engine_ready(const struct bank_engine *engine); /* a lane and a reader are */
bool bank_engine_idle(const struct bank_engine *engine);  /* nothing queued or in a batch */
struct bank_engine_counters bank_engine_counters(const struct bank_engine *engine);

/* For command-line tools: prepares and submits item, runs the loop until it is done or deadline_us
 * passed (then the item must not be freed until the engine is). */
struct tw_status bank_engine_run(struct bank_engine *engine, struct tw_loop *loop,
                                 struct bank_item *item, int64_t deadline_us,
                                 struct tw_error *ret_error);

#endif
