/* What the reversals of withdrawals and deposits share: the original, tombstones, mismatches; and
 * how a withdrawal returns to the customer, whoever decided that it does. */
#ifndef BANK_OPS_REVERSE_H
#define BANK_OPS_REVERSE_H

#include "ops/rules.h"

void bank_reverse_prepare(struct bank_item *item, const struct bank_services *services);
void bank_reverse_plan(const struct bank_item *item, struct bank_book *book);

/* The approved, unresolved original whose posting is to be undone, with everything locked; or NULL
 * when the item is decided already: tombstone (25), nothing to undo (00), other content (94),
 * the account is closed (96, not stored: it comes again), or book->retry because a row was not
 * locked yet. */
const struct bank_decision *bank_reverse_original(struct bank_item *item, struct bank_book *book,
                                                  enum bank_operation operation);

/* Whether card and account of the original are locked; if not, book->retry is set. */
bool bank_reverse_locked(struct bank_book *book, const struct bank_decision *original);

/* For a peer's terminal: puts the original's fate into the acknowledgement; stamps the window and
 * the fees that a full reversal returns and finds the account to post to (NULL: run again). */
void bank_reverse_tell_original(struct bank_item *item, const struct bank_decision *original);
struct bank_account *bank_reverse_interbank(struct bank_item *item, struct bank_book *book,
                                            const struct bank_decision *original);
bool bank_reverse_answer(const struct bank_item *item, const struct bank_services *services,
                         struct tw_buffer *out);

void bank_reverse_limits(struct bank_card *card, struct bank_account *account,
                         const struct bank_decision *original, int64_t returned_minor);

/* Of a withdrawal: posts Dr DispClr Cr Cust, gives the limits of the original's day back and puts
 * the customer's balance into the answer. Nothing is posted when nothing returns. */
void bank_reverse_return(struct bank_item *item, struct bank_book *book,
                         const struct bank_decision *original, int64_t returned_minor);

#endif
