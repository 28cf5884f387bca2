/* Checking a PIN against a locked card: the only place that counts tries. */
#ifndef BANK_OPS_PIN_CHECK_H
#define BANK_OPS_PIN_CHECK_H

#include "ops/rules.h"

/* Evaluates the PIN unless the card is blocked, counts the try in the card and the terminal's
 * failures. card NULL (no such card): the same work, the same answer as a wrong PIN. */
enum tw_rc bank_check_pin(const struct bank_item *item, const struct bank_book *book,
                          struct bank_card *card, struct bank_terminal *terminal);

/* The terminal whose wrong PINs are counted: one of ours; a peer counts its own. */
void bank_want_own_terminal(const struct bank_item *item, struct bank_book *book);
struct bank_terminal *bank_own_terminal(const struct bank_item *item, struct bank_book *book);

#define BANK_PIN_TRIES 3
/* Wrong PINs less right ones, over all cards, at which a terminal opens no more sessions (58) until
 * an operator unblocks it: one PIN tried over many cards. */
#define BANK_TERMINAL_PIN_FAILURES_MAX 20

#endif
