/* What the reversals of withdrawals and deposits share: the original, tombstones, mismatches. */
#ifndef BANK_OPS_REVERSE_H
#define BANK_OPS_REVERSE_H

#include "ops/rules.h"

void bank_reverse_prepare(struct bank_item *item, const struct bank_services *services);
void bank_reverse_plan(const struct bank_item *item, struct bank_book *book);

/* The approved, unresolved original whose posting is to be undone, with everything locked; or NULL
 * when the item is decided already: tombstone (25), nothing to undo (00), other content (94),
 * or book->retry because a row was not locked yet. */
const struct bank_decision *bank_reverse_original(struct bank_item *item, struct bank_book *book,
                                                  enum bank_operation operation);

#endif
