/* What a bank is told of a window: settlement.status, and settlement.submit once it is stored. */
#ifndef AGENT_ANSWER_H
#define AGENT_ANSWER_H

#include "agent/agent.h"
#include "agent/window.h"

/* Fills the result for this member (SIZE_MAX: not one) from the window as it is, reading the signed
 * result when it is final. The caller frees by tw_fields_clear. */
struct tw_status agent_answer_fill(PGconn *connection, const struct agent_window *window,
                                   size_t member, struct tw_settlement_result *ret_result,
                                   struct tw_error *ret_error);
void agent_answer_outcome(struct tw_settlement_result *result, enum tw_rc rc, const char *text);

/* settlement.status and settlement.account. */
struct tw_status agent_answer_status(struct agent *agent, int32_t bank_code, int64_t window_no,
                                     struct tw_settlement_result *ret_result,
                                     struct tw_error *ret_error);
struct tw_status agent_answer_account(struct agent *agent, int32_t bank_code,
                                      struct tw_settlement_account_result *ret_result,
                                      struct tw_error *ret_error);

#endif
