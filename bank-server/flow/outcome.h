/* What the beneficiary's bank said about a transfer, read and booked; for remit and delivery. */
#ifndef BANK_FLOW_OUTCOME_H
#define BANK_FLOW_OUTCOME_H

#include "flow/step.h"
#include "ops/interbank.h"

/* False when it is none: an error, a refusal, or not to be understood. */
TW_MUST_USE bool bank_outcome_read(const json_t *result, struct tw_credit_result *ret_outcome);
/* For a transfer of which certainly nothing left this process. */
struct tw_credit_result bank_outcome_unsent(void);
void bank_outcome_book(struct bank_flows *flows, int32_t peer, const struct tw_uuid *txid,
                       const struct tw_credit_result *outcome, bank_step_done_fn done,
                       void *context);

#endif
