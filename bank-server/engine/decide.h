/* What every item goes through, whatever its operation: repeats, keys, terminal, business date.
 * The operation's own rules are in ops/. */
#ifndef BANK_ENGINE_DECIDE_H
#define BANK_ENGINE_DECIDE_H

#include "engine/op.h"

/* Rows every item of this kind wants, then the operation's own. */
void bank_plan_item(const struct bank_item *item, struct bank_book *book);
/* Decides one item and takes the decision into the book. */
void bank_decide_item(struct bank_item *item, struct bank_book *book);

#endif
