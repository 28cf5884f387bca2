/* Requests of banks: who asks, what, and the answer. Blocking: the answer is made in the callback.
 */
#ifndef AGENT_INTAKE_H
#define AGENT_INTAKE_H

#include "agent/clerk.h"
#include "rpc/server.h"

struct agent_intake {
    struct agent *agent;
    struct agent_clerk *clerk;
    struct tw_server *server;
};

/* tw_server_options.on_request; context: struct agent_intake. */
void agent_intake_request(void *context, const struct tw_request *request);

#endif
