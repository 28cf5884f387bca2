/*
 * One terminal of the load generator: one TLS connection, one card, one request under way.
 *
 *   CONNECTING -> SIGNING_ON -> OPENING_SESSION <-> READY <-> WORKING
 *    ^      any: connection lost in a storm -> LOST |  any: the end, or a failure -> ENDED
 *    +-------------- at once, then every RETRY_US --+
 *
 * An operation is a transfer that is answered COMPLETED, a balance inquiry, an echo, or a
 * withdrawal with its confirmation; its latency runs from when it was due (in a closed loop: when
 * its first request was written) to reading its last answer. After a storm a terminal signs on,
 * sends what was unanswered again with the repeat mark, and is READY when that is answered.
 * What all terminals share is in load.h. A terminal that runs without sessions only signs on.
 */
#ifndef BENCH_TERMINAL_H
#define BENCH_TERMINAL_H

#include "load.h"
#include "net/stream.h"

/* Connects at once. load, tls and address must outlive the terminal. */
struct tw_status bench_terminal_new(struct bench_load *load, size_t index, int32_t terminal_id,
                                    struct tw_tls *tls, const struct tw_address *address,
                                    struct bench_terminal **ret_terminal,
                                    struct tw_error *ret_error);
void bench_terminal_free(struct bench_terminal *terminal);
size_t bench_terminal_index(const struct bench_terminal *terminal);
bool bench_terminal_ready(const struct bench_terminal *terminal);
/* READY -> WORKING: sends an operation that was due at due_us. */
void bench_terminal_begin(struct bench_terminal *terminal, int64_t due_us);
/* When a READY terminal's session would end within that time if it was not used: opens another and
 * returns true; the terminal is READY again afterwards. */
bool bench_terminal_renew(struct bench_terminal *terminal, int64_t within_us);
/* Keeps a READY terminal's connection; no-op in any other phase. */
void bench_terminal_ping(struct bench_terminal *terminal);
/* Closes the connection, cleanly, then ENDED. */
void bench_terminal_end(struct bench_terminal *terminal);

#endif
