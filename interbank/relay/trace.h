/*
 * The relay's trace: one JSON line for each message once its fate is final, flushed, so that
 * whoever reads along sees it. Times are microseconds since the relay's start.
 *
 *   {"at_us":1042,"passed_us":1051,"link":"alder>birch","call":7,"way":"request",
 *    "method":"withdrawal.request","txid":"...","fate":"delivered","brief":{"amount":9000,...}}
 *
 * An answer has "rc" of its result, or "error", the number of its JSON-RPC error. passed_us is
 * absent when it was not passed on; rule, copies and was (members before a change) when they say
 * nothing. brief and was are of the allow list (brief.h). Owned by the relay.
 */
#ifndef RL_TRACE_H
#define RL_TRACE_H

#include "relay/message.h"

struct rl_trace;

/* path NULL: a trace that goes nowhere. An existing file is replaced. */
struct tw_status rl_trace_open(const char *path, int64_t start_us, struct rl_trace **ret_trace,
                               struct tw_error *ret_error);
void rl_trace_close(struct rl_trace *trace);

/* What cannot be written is said once in the log. */
void rl_trace_write(struct rl_trace *trace, const char *link, const struct rl_message *message);
/* The same as a tree; new reference or NULL. */
json_t *rl_trace_entry(int64_t start_us, const char *link, const struct rl_message *message);

#endif
