/*
 * The event loop: libevent's bare loop plus turns. Callbacks of sockets and timers move bytes and
 * enqueue; work registered with tw_loop_defer runs once at the end of the turn, in order, each
 * item at most once per turn. One loop per process, one thread.
 */
#ifndef TW_NET_LOOP_H
#define TW_NET_LOOP_H

#include <event2/event.h>

#include "core/clock.h"
#include "core/status.h"

struct tw_loop;

/* A piece of deferred work, embedded in its owner; zero before first use. */
struct tw_task {
    void (*run)(void *context);
    void *context;
    struct tw_task *next;
    bool queued;
};

struct tw_status tw_loop_new(const struct tw_clock *clock, const struct tw_random *random,
                             struct tw_loop **ret_loop, struct tw_error *ret_error);
void tw_loop_free(struct tw_loop *loop);

const struct tw_clock *tw_loop_clock(const struct tw_loop *loop);
const struct tw_random *tw_loop_random(const struct tw_loop *loop);
struct event_base *tw_loop_base(struct tw_loop *loop);

void tw_loop_defer(struct tw_loop *loop, struct tw_task *task); /* no-op when queued already */
void tw_loop_undefer(struct tw_loop *loop, struct tw_task *task);

/* Runs until tw_loop_stop. */
struct tw_status tw_loop_run(struct tw_loop *loop, struct tw_error *ret_error);
void tw_loop_stop(struct tw_loop *loop);
/* Runs until *done or until deadline_us on the loop's monotonic clock; returns *done. */
bool tw_loop_run_until(struct tw_loop *loop, const bool *done, int64_t deadline_us);

#endif
