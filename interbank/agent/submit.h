/*
 * settlement.submit: takes a bank's signed positions, or says why not (docs/CLEARING.md). What was
 * taken is stored before it is answered, and answered alike however often it comes.
 */
#ifndef AGENT_SUBMIT_H
#define AGENT_SUBMIT_H

#include "agent/agent.h"
#include "wire/message.h"

/* A refusal is a result, too; errors are of our side, and nothing is known to be stored then. */
struct tw_status agent_submit(struct agent *agent, int32_t bank_code,
                              const struct tw_settlement_submit_request *request,
                              struct tw_settlement_result *ret_result, struct tw_error *ret_error);

#endif
