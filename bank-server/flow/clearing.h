/*
 * Clearing as a flow: what this bank answers when a peer asks about a settlement window
 * (clearing_answers.h), and what it does itself to have closed windows reconciled, submitted to the
 * settlement agent and settled (docs/CLEARING.md).
 *
 * Every poll_ms each bank server of the bank reads which windows are closed and not final, and does
 * the next step for each. Nothing decides which server does it: every step is idempotent. What is
 * durable is one statement that looks, under the locks of the window and the pair, whether it is
 * still to be done (sql/migrations/0010), or a posting whose txid follows from what it is about
 * (ops/clearing.h); so of two servers the second finds it done. Only the comparison item by item is
 * taken for a while, because it is dear, not because doing it twice would be wrong.
 *
 *   window: CLOSED -> RECONCILING -> PENDING_SETTLEMENT -> SETTLED | FAILED
 *                          ^ disputed      |
 *                          +---------------+
 *   pair:   WAITING -> DRAINING -> COMPARING -> AGREED -> SETTLED | EXCLUDED
 *                \______________________________^
 *
 *   clearing_pair.c       asks a peer for its totals, judges (clearing_verdict.h), agrees
 *   clearing_compare.c    buckets, items, and where the other book has what is missing
 *   clearing_agent.c      positions to the agent, and what becomes of them
 *   clearing_finality.c   checks the agent's signed result and posts it
 *
 * Without an agent, windows are reconciled and wait. Single-threaded, on the loop.
 */
#ifndef BANK_FLOW_CLEARING_H
#define BANK_FLOW_CLEARING_H

#include "flow/passage.h"
#include "net/daemon.h"

struct bank_clearing;

/* All texts outlive the clearing. */
struct bank_clearing_options {
    const char *conninfo, *server_name;
    const char *certificate, *key, *root, *crl; /* of the bank, for signing; of the network */
    struct tw_tls *tls;                         /* client side, for calling the agent */
    const char *const *agents;                  /* host:port */
    size_t agent_count;                         /* 0: no agent */
    int64_t poll_ms;
    int64_t drain_ms;     /* after both have closed, before items are compared */
    int64_t drain_max_ms; /* most time that messages in doubt may hold that up */
};

struct tw_status bank_clearing_new(struct bank_flows *flows,
                                   const struct bank_clearing_options *options,
                                   struct bank_clearing **ret_clearing, struct tw_error *ret_error);
void bank_clearing_free(struct bank_clearing *clearing);

/* Answers a passage whose operation is one of BANK_OP_CLEARING. */
void bank_clearing_answer(struct bank_passage *passage);

/* After a reload of the certificates. */
void bank_clearing_recheck(struct bank_clearing *clearing);
void bank_clearing_collect(const struct bank_clearing *clearing, struct tw_metrics *metrics);

#endif
