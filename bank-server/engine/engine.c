/*
 * Two queues, one for items that decide and one for items that read, and the lanes that serve them.
 * Whoever is idle takes all that waits, up to the batch size: under load batches grow by
 * themselves. An item that was in a failing batch twice runs alone, so that its mates get through;
 * after ATTEMPTS_MAX it is answered UNAVAILABLE, which its caller treats like every error: outcome
 * unknown, ask again with the same key.
 */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "engine/lane.h"

#define ALONE_AFTER_ATTEMPTS 2
#define ATTEMPTS_MAX         8
#define LANES_MAX            16
#define NAME_SIZE            64
#define SWEEP_US             100000

struct queue {
    struct bank_item *first, *last;
    size_t count;
};

struct bank_engine {
    struct tw_loop *loop;
    const struct bank_services *services;
    struct bank_engine_options options;
    struct queue posting, reading;
    struct bank_lane *lanes[LANES_MAX]; /* posting lanes first, then readers */
    char names[LANES_MAX][NAME_SIZE];
    size_t lane_count;
    struct bank_claims *claims; /* NULL with a single lane */
    uint8_t first_stripe;       /* random, so that bank servers rarely share one */
    struct tw_task dispatch;
    struct event *sweep; /* pending while items wait: looks for those whose time is over */
    struct bank_engine_counters counters;
};

static void queue_append(struct queue *queue, struct bank_item *item) {
    item->next = NULL;
    if (queue->last != NULL) {
        queue->last->next = item;
    } else {
        queue->first = item;
    }
    queue->last = item;
    queue->count++;
}

static struct bank_item *queue_pop(struct queue *queue) {
    struct bank_item *item = queue->first;
    queue->first = item->next;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    queue->count--;
    item->next = NULL;
    return item;
}

static struct queue *queue_of(struct bank_engine *engine, bool reads) {
    return reads ? &engine->reading : &engine->posting;
}

static void finish(struct bank_item *item, enum tw_code code, const char *reason) {
    item->origin = BANK_UNDECIDED;
    struct tw_status status = tw_fail(&item->error, code, "%s", reason);
    (void)status;
    item->done(item);
}

/* True when the item was ended here instead of being run. */
static bool ended_early(struct bank_engine *engine, struct bank_item *item, int64_t now_us) {
    if (now_us >= item->deadline_us) {
        engine->counters.expired++;
        if (bank_engine_ready(engine)) {
            finish(item, TW_E_DEADLINE, "the request's time was over before it was its turn");
        } else {
            finish(item, TW_E_UNAVAILABLE, "the database does not answer");
        }
        return true;
    }
    if (item->attempts >= ATTEMPTS_MAX) {
        finish(item, TW_E_UNAVAILABLE, "the database refused the transaction again and again");
        return true;
    }
    return false;
}

static struct bank_item *take(void *context, bool reads, size_t most, size_t *ret_count) {
    struct bank_engine *engine = context;
    struct queue *queue = queue_of(engine, reads);
    struct queue batch = {0};
    int64_t now_us = tw_loop_now_us(engine->loop);
    while (queue->first != NULL && batch.count < most) {
        bool alone = queue->first->attempts >= ALONE_AFTER_ATTEMPTS ||
                     (queue->first->op->flags & BANK_OP_ALONE) != 0;
        if (alone && batch.count > 0) {
            break;
        }
        struct bank_item *item = queue_pop(queue);
        if (ended_early(engine, item, now_us)) {
            continue;
        }
        item->attempts++;
        queue_append(&batch, item);
        if (alone) {
            break;
        }
    }
    *ret_count = batch.count;
    engine->counters.in_batch += batch.count;
    return batch.first;
}

static void sweep_later(struct bank_engine *engine) {
    struct timeval wait = {.tv_sec = 0, .tv_usec = SWEEP_US};
    if (event_pending(engine->sweep, EV_TIMEOUT, NULL) == 0) {
        event_add(engine->sweep, &wait);
    }
}

/* Ends the items whose time is over; the others keep their order. */
static void sweep_queue(struct bank_engine *engine, struct queue *queue) {
    struct queue waiting = *queue;
    int64_t now_us = tw_loop_now_us(engine->loop);
    *queue = (struct queue){0};
    while (waiting.first != NULL) {
        struct bank_item *item = queue_pop(&waiting);
        if (!ended_early(engine, item, now_us)) {
            queue_append(queue, item);
        }
    }
}

static void on_sweep(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct bank_engine *engine = context;
    sweep_queue(engine, &engine->posting);
    sweep_queue(engine, &engine->reading);
    if (engine->posting.count + engine->reading.count > 0) {
        sweep_later(engine);
    }
}

/* To the front, in order: they have waited longest. */
static void requeue(struct bank_engine *engine, struct queue *queue, struct bank_item *items) {
    struct bank_item *last = items;
    size_t count = 1;
    while (last->next != NULL) {
        last = last->next;
        count++;
    }
    last->next = queue->first;
    if (queue->first == NULL) {
        queue->last = last;
    }
    queue->first = items;
    queue->count += count;
    engine->counters.in_batch -= count;
    sweep_later(engine);
    tw_loop_defer(engine->loop, &engine->dispatch);
}

static void give_back(void *context, bool reads, struct bank_item *items) {
    struct bank_engine *engine = context;
    engine->counters.repeats++;
    requeue(engine, queue_of(engine, reads), items);
}

/* It was no attempt. The lane they would have waited for takes them when it is done. */
static void pass_over(void *context, struct bank_item *items) {
    struct bank_engine *engine = context;
    tw_assert(items != NULL);
    for (struct bank_item *item = items; item != NULL; item = item->next) {
        item->attempts--;
        item->passes++;
        engine->counters.passed_over++;
    }
    requeue(engine, &engine->posting, items);
}

static void deliver(void *context, bool reads, struct bank_item *items, size_t count) {
    struct bank_engine *engine = context;
    engine->counters.in_batch -= count;
    if (reads) {
        engine->counters.reads += count;
        engine->counters.read_batches++;
    } else {
        engine->counters.items += count;
        engine->counters.batches++;
    }
    while (items != NULL) {
        struct bank_item *item = items;
        items = item->next;
        item->next = NULL;
        item->done(item);
    }
}

static void run_dispatch(void *context) {
    struct bank_engine *engine = context;
    for (size_t i = 0; i < engine->lane_count; i++) {
        bank_lane_kick(engine->lanes[i]);
    }
}

/* What is read are sums over all stripes, loaded as stripe 0. */
static int16_t stripe_of(const struct bank_engine *engine, bool reads) {
    size_t stripe = (engine->first_stripe + engine->lane_count) % BANK_STRIPES;
    return (int16_t)(reads ? 0 : stripe);
}

static struct tw_status add_lane(struct bank_engine *engine, bool reads,
                                 struct tw_error *ret_error) {
    char *name = engine->names[engine->lane_count];
    (void)snprintf(name, NAME_SIZE, "%s %s %zu", engine->options.server_name,
                   reads ? "reader" : "lane", engine->lane_count + 1);
    struct bank_lane_options options = {
        .conninfo = engine->options.conninfo,
        .name = name,
        .reads = reads,
        .number = engine->lane_count,
        .claims = reads ? NULL : engine->claims,
        .stripe = stripe_of(engine, reads),
        .batch_max = engine->options.batch_max,
        .budget_ms = engine->options.budget_ms,
        .services = engine->services,
        .owner = {.take = take,
                  .give_back = give_back,
                  .pass_over = pass_over,
                  .deliver = deliver,
                  .context = engine},
    };
    struct tw_status status =
        bank_lane_new(engine->loop, &options, &engine->lanes[engine->lane_count], ret_error);
    if (tw_ok(status)) {
        engine->lane_count++;
    }
    return status;
}

struct tw_status bank_engine_new(struct tw_loop *loop, const struct bank_services *services,
                                 const struct bank_engine_options *options,
                                 struct bank_engine **ret_engine, struct tw_error *ret_error) {
    if (options->lanes < 1 || options->lanes + options->readers > LANES_MAX) {
        return tw_fail(ret_error, TW_E_CONFIG, "lanes: 1 to %d, readers included", LANES_MAX);
    }
    tw_assert(options->batch_max > 0 && options->budget_ms > 0);
    struct bank_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "engine");
    }
    engine->loop = loop;
    engine->services = services;
    engine->options = *options;
    const struct tw_random *random = tw_loop_random(loop);
    random->fill(random->context, &engine->first_stripe, sizeof engine->first_stripe);
    engine->dispatch = (struct tw_task){.run = run_dispatch, .context = engine};
    engine->sweep = event_new(tw_loop_base(loop), -1, 0, on_sweep, engine);
    struct tw_status status =
        engine->sweep == NULL ? tw_fail(ret_error, TW_E_NO_MEMORY, "engine") : tw_success();
    if (tw_ok(status) && options->lanes > 1) {
        status = bank_claims_new(options->lanes, options->batch_max, &engine->claims, ret_error);
    }
    for (size_t i = 0; i < options->lanes && tw_ok(status); i++) {
        status = add_lane(engine, false, ret_error);
    }
    for (size_t i = 0; i < options->readers && tw_ok(status); i++) {
        status = add_lane(engine, true, ret_error);
    }
    if (!tw_ok(status)) {
        bank_engine_free(engine);
        return status;
    }
    *ret_engine = engine;
    return tw_success();
}

void bank_engine_free(struct bank_engine *engine) {
    if (engine == NULL) {
        return;
    }
    tw_loop_undefer(engine->loop, &engine->dispatch);
    for (size_t i = 0; i < engine->lane_count; i++) {
        bank_lane_free(engine->lanes[i]);
    }
    bank_claims_free(engine->claims);
    if (engine->sweep != NULL) {
        event_free(engine->sweep);
    }
    free(engine);
}

struct tw_status bank_engine_submit(struct bank_engine *engine, struct bank_item *item,
                                    struct tw_error *ret_error) {
    tw_assert(item->op != NULL && item->done != NULL);
    struct queue *queue = queue_of(engine, (item->op->flags & BANK_OP_READS) != 0);
    if (queue->count >= engine->options.queue_max) {
        return tw_fail(ret_error, TW_E_BUSY, "%zu items are waiting", queue->count);
    }
    item->attempts = 0;
    item->passes = 0;
    queue_append(queue, item);
    sweep_later(engine);
    tw_loop_defer(engine->loop, &engine->dispatch);
    return tw_success();
}

bool bank_engine_ready(const struct bank_engine *engine) {
    bool posting = false;
    bool reading = engine->options.readers == 0;
    for (size_t i = 0; i < engine->lane_count; i++) {
        bool ready = bank_lane_ready(engine->lanes[i]);
        posting = posting || (ready && i < engine->options.lanes);
        reading = reading || (ready && i >= engine->options.lanes);
    }
    return posting && reading;
}

bool bank_engine_idle(const struct bank_engine *engine) {
    return engine->posting.count == 0 && engine->reading.count == 0 &&
           engine->counters.in_batch == 0;
}

struct bank_engine_counters bank_engine_counters(const struct bank_engine *engine) {
    struct bank_engine_counters counters = engine->counters;
    counters.queued = engine->posting.count + engine->reading.count;
    for (size_t i = 0; i < engine->lane_count; i++) {
        counters.lanes_ready += bank_lane_ready(engine->lanes[i]) ? 1 : 0;
    }
    return counters;
}

static void on_run_done(struct bank_item *item) {
    *(bool *)item->context = true;
}

struct tw_status bank_engine_run(struct bank_engine *engine, struct tw_loop *loop,
                                 struct bank_item *item, int64_t deadline_us,
                                 struct tw_error *ret_error) {
    bool done = false;
    item->done = on_run_done;
    item->context = &done;
    item->deadline_us = deadline_us;
    bank_op_prepare(item, engine->services);
    struct tw_status status = bank_engine_submit(engine, item, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    if (!tw_loop_run_until(loop, &done, deadline_us)) {
        return tw_fail(ret_error, TW_E_DEADLINE,
                       "the database did not answer in time: outcome unknown, ask again");
    }
    if (item->origin == BANK_UNDECIDED) {
        return tw_fail(ret_error, item->error.code, "%s", item->error.detail);
    }
    return tw_success();
}
