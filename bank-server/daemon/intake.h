/*
 * Intake: requests from the wire become items of the engine, decisions become answers.
 * Owns the items; their number is fixed at start (limits.in_flight), more are answered BUSY.
 */
#ifndef BANK_DAEMON_INTAKE_H
#define BANK_DAEMON_INTAKE_H

#include "flow/passage.h"
#include "rpc/server.h"

struct bank_intake;

/* wait_ms: most time a request may wait for its turn, however much its caller has left. */
struct tw_status bank_intake_new(struct bank_flows *flows, size_t items_max, int64_t wait_ms,
                                 struct bank_intake **ret_intake, struct tw_error *ret_error);
void bank_intake_free(struct bank_intake *intake);
/* The server that answers go to; set once, before the first request. */
void bank_intake_attach(struct bank_intake *intake, struct tw_server *server);

/* tw_server_options.on_request, with the intake as context. */
void bank_intake_request(void *context, const struct tw_request *request);

#endif
