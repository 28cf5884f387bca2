/*
 * Operations that begin at random times of a given rate (Poisson), whatever is answered: an open
 * loop, as customers are. One that is due while every terminal is busy waits for the next that is
 * ready, and its latency counts from when it was due, so that a server that stands still for a
 * while cannot hide it. Timers are exact to a millisecond, and so is the latency.
 */
#ifndef BENCH_PACE_H
#define BENCH_PACE_H

#include "load.h"

struct bench_pace;

struct tw_status bench_pace_new(struct bench_load *load, size_t terminals,
                                struct bench_pace **ret_pace, struct tw_error *ret_error);
void bench_pace_free(struct bench_pace *pace);
/* Begins to give work to terminals that were handed over; load->work.rate a second. */
void bench_pace_start(struct bench_pace *pace);
/* Nothing is due any more; what waits is dropped. */
void bench_pace_stop(struct bench_pace *pace);
/* A terminal is READY, and belongs to the pace until it gets something to do. */
void bench_pace_give(struct bench_pace *pace, struct bench_terminal *terminal);
/* Most that ever waited for a terminal. */
size_t bench_pace_backlog(const struct bench_pace *pace);

#endif
