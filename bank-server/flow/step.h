/* A booking that no caller waits for directly: an item of its own, on the heap, freed after done.
 */
#ifndef BANK_FLOW_STEP_H
#define BANK_FLOW_STEP_H

#include "flow/flows.h"

/* Called once, from the loop or before bank_step_run returns; item is gone afterwards. */
typedef void (*bank_step_done_fn)(void *context, const struct bank_item *item);

/* The caller fills request and peer_answer of the returned item, then runs it. NULL: no memory. */
struct bank_item *bank_step_new(struct bank_flows *flows, const struct bank_op *op);
void bank_step_run(struct bank_flows *flows, struct bank_item *item, bank_step_done_fn done,
                   void *context);
/* True when the item's decision stands: made now, or found. */
bool bank_step_decided(const struct bank_item *item);

#endif
