/* Transfers answer with a status and, when rejected, an ISO 20022 reason. */
#ifndef BANK_OPS_TRANSFER_H
#define BANK_OPS_TRANSFER_H

#include "ops/rules.h"

/* Stores the reason with the decision: {"reason":"AM04"}. */
void bank_transfer_reject(struct bank_item *item, enum tw_rc rc, const char *reason);
/* The fee of a transfer at a foreign terminal, as a decision of its own: stamped, not posted. */
struct bank_decision bank_transfer_fee(const struct bank_book *book,
                                       const struct bank_decision *decision,
                                       const struct bank_decision *request);
/* Looks up what became of the transfer whose request is the item's decision. */
void bank_transfer_find_fate(struct bank_item *item, struct bank_book *book);
/* The posting result with status and reason added. */
bool bank_transfer_answer(const struct bank_item *item, const struct bank_services *services,
                          struct tw_buffer *out);

#endif
