/*
 * The event loop: libevent's bare loop plus turns and timers. One loop per process, one thread.
 *
 *   a turn: sockets and signals move bytes and enqueue -> due timers -> deferred tasks, in order
 *
 * A turn ends its first part when TW_LOOP_INPUTS_PER_TURN sockets gave something to do, however
 * many more are ready: what came is passed on in pieces, and whoever works on it next need not wait
 * for all of it.
 *
 * A task deferred while tasks run still runs in this turn, unless it ran in this turn already; then
 * it waits for the next. So answers made anywhere in a turn leave in one write at its end. Memory
 * of closed things goes in tasks of their own, after everything that might still look at them.
 */
#ifndef TW_NET_LOOP_H
#define TW_NET_LOOP_H

#include <event2/event.h>

#include "core/clock.h"
#include "core/status.h"
#include "net/timer.h"

#define TW_LOOP_INPUTS_PER_TURN 32

struct tw_loop;

/* A piece of deferred work, embedded in its owner; zero before first use. */
struct tw_task {
    void (*run)(void *context);
    void *context;
    struct tw_task *next;
    uint64_t turn; /* in which it ran last */
    bool queued;
};

/* Also ignores SIGPIPE in this process: writing to a lost connection is an ordinary failure. */
struct tw_status tw_loop_new(const struct tw_clock *clock, const struct tw_random *random,
                             struct tw_loop **ret_loop, struct tw_error *ret_error);
void tw_loop_free(struct tw_loop *loop);

const struct tw_clock *tw_loop_clock(const struct tw_loop *loop);
const struct tw_random *tw_loop_random(const struct tw_loop *loop);
struct event_base *tw_loop_base(struct tw_loop *loop);
int64_t tw_loop_now_us(const struct tw_loop *loop);

void tw_loop_defer(struct tw_loop *loop, struct tw_task *task); /* no-op when queued already */
void tw_loop_undefer(struct tw_loop *loop, struct tw_task *task);

/* What a socket's callback calls when it read something. */
void tw_loop_took_input(struct tw_loop *loop);

/* Moves the timer when it is set already. A timer is unset before its function runs. */
void tw_loop_timer_set(struct tw_loop *loop, struct tw_timer *timer, int64_t due_us);
void tw_loop_timer_clear(struct tw_loop *loop, struct tw_timer *timer); /* no-op when unset */

/* Runs until tw_loop_stop. */
struct tw_status tw_loop_run(struct tw_loop *loop, struct tw_error *ret_error);
void tw_loop_stop(struct tw_loop *loop);
/* Runs until *done or until deadline_us on the loop's monotonic clock, one turn at least unless
 * *done; returns *done. */
bool tw_loop_run_until(struct tw_loop *loop, const bool *done, int64_t deadline_us);

#endif
