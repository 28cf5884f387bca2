/*
 * What the agent does without being asked: cuts over by its schedule, and settles what is pending,
 * also what another process left. Any number of clerks may work on one database; a transaction
 * under the agent's lock decides what is still to be done.
 */
#ifndef AGENT_CLERK_H
#define AGENT_CLERK_H

#include "agent/agent.h"
#include "net/loop.h"

struct agent_clerk;

struct tw_status agent_clerk_new(struct agent *agent, struct tw_loop *loop,
                                 struct agent_clerk **ret_clerk, struct tw_error *ret_error);
void agent_clerk_free(struct agent_clerk *clerk);
/* Something may have become pending: looks at the end of this turn. */
void agent_clerk_wake(struct agent_clerk *clerk);
/* The last look at the database went well, and the agent is created. */
bool agent_clerk_informed(const struct agent_clerk *clerk);

struct agent_clerk_figures { /* as of the last look */
    int64_t open_window_no, closed, pending, cap_violations;
};
struct agent_clerk_figures agent_clerk_figures(const struct agent_clerk *clerk);

#endif
