/* Decisions about a window that follow from what has come so far. Inside AGENT_DECIDE. */
#ifndef AGENT_DECIDE_H
#define AGENT_DECIDE_H

#include "agent/agent.h"
#include "agent/window.h"

/* Reads the window; when it is closed, and all positions are here, agree and add up to zero, it
 * becomes PENDING_SETTLEMENT. The caller clears *ret_window, whatever comes back. */
struct tw_status agent_decide_pending(const struct agent *agent, PGconn *connection,
                                      int64_t window_no, struct agent_window *ret_window,
                                      struct tw_error *ret_error);

/* The same in a transaction of its own, for windows that wait for nobody any more. */
struct tw_status agent_decide_again(struct agent *agent, int64_t window_no,
                                    struct tw_error *ret_error);

#endif
