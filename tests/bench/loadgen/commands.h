/*
 * What the load generator is told to do: JSON objects on standard input, a line each; the end of
 * the input is the end of the work. One is read at a time, when it is asked for. Members:
 *
 *   do            "measure" or "storm"
 *   mix           "transfer", "balance", "withdraw" or "echo"
 *   terminals     how many work (all)
 *   warm_up_ms, measured_ms
 *   rate          operations/s that begin whatever is answered (0: an answer begins the next one)
 *   amount        minor units (1000)
 *   hot           percent of the transfers that pay the last account (0)
 *   payees        {"bank": ..., "first_account": ..., "count": ...}; needed for transfers
 */
#ifndef BENCH_COMMANDS_H
#define BENCH_COMMANDS_H

#include "load.h"

struct bench_commands;

struct bench_commands_events {
    void (*on_work)(void *context, const struct bench_work *work);
    void (*on_end)(void *context);                                /* nothing more will come */
    void (*on_bad)(void *context, const struct tw_error *reason); /* not a command; reads no more */
};

/* terminals: how many there are. */
struct tw_status bench_commands_new(struct tw_loop *loop, size_t terminals,
                                    const struct bench_commands_events *events, void *context,
                                    struct bench_commands **ret_commands,
                                    struct tw_error *ret_error);
/* Reads one more, or the end: one of the functions above is called, perhaps before this returns. */
void bench_commands_next(struct bench_commands *commands);
void bench_commands_free(struct bench_commands *commands);

#endif
