/* Transfers answer with a status and, when rejected, an ISO 20022 reason. */
#ifndef BANK_OPS_TRANSFER_H
#define BANK_OPS_TRANSFER_H

#include "ops/rules.h"

/* Stores the reason with the decision: {"reason":"AM04"}. */
void bank_transfer_reject(struct bank_item *item, enum tw_rc rc, const char *reason);
/* The posting result with status and reason added. */
json_t *bank_transfer_answer(const struct bank_item *item, const struct bank_services *services);

#endif
