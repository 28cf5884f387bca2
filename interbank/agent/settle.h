/*
 * Settlement of a pending window (docs/CLEARING.md, "Submission and finality"): a plan of netting/,
 * booked; retried while money is short, then with prefunding, then without who cannot pay. Deferred
 * net is one transaction with the signed results in it; gross takes one transaction a step and the
 * results with the last. Any process may go on where another ended.
 */
#ifndef AGENT_SETTLE_H
#define AGENT_SETTLE_H

#include "agent/agent.h"
#include "agent/window.h"

enum agent_progress {
    AGENT_NOTHING,  /* not pending, or not due */
    AGENT_WAITS,    /* too little money: later */
    AGENT_STEPPED,  /* gross: a step was settled, there may be more */
    AGENT_FINISHED, /* final */
};

struct tw_status agent_settle(struct agent *agent, int64_t window_no,
                              enum agent_progress *ret_progress, struct tw_error *ret_error);

#endif
