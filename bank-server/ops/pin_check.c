/*
 * The card's row is locked, so parallel guesses on any number of servers queue here one after the
 * other, and each finds the count its predecessor committed. The count is stored before the answer
 * leaves: cutting the connection undoes nothing.
 */
#include "ops/pin_check.h"

/* A right PIN takes back one wrong one, not all: else whoever tries one PIN over many cards would
 * only have to put in a card of his own now and then. */
static void count_at_terminal(struct bank_terminal *terminal, bool right) {
    if (!right) {
        terminal->pin_failures++;
        terminal->changed = true;
    } else if (terminal->pin_failures > 0) {
        terminal->pin_failures--;
        terminal->changed = true;
    }
}

enum tw_rc bank_check_pin(const struct bank_item *item, const struct bank_book *book,
                          struct bank_card *card, struct bank_terminal *terminal) {
    static const uint8_t nobody[TW_DIGEST_BYTES];
    if (card != NULL && card->tries_left <= 0) {
        return TW_RC_PIN_TRIES_EXCEEDED;
    }
    uint8_t digest[TW_DIGEST_BYTES];
    tw_keyring_pin_digest(book->services->keyring, card != NULL ? card->id : 0, item->pin.pin,
                          digest);
    bool equal = tw_digest_equal(digest, card != NULL ? card->pin_digest : nobody);
    tw_wipe(digest, sizeof digest);
    bool right = equal && card != NULL;
    if (terminal != NULL) {
        count_at_terminal(terminal, right);
    }
    if (card == NULL) {
        return TW_RC_WRONG_PIN;
    }
    card->tries_left = right ? BANK_PIN_TRIES : card->tries_left - 1;
    card->changed = true;
    if (right) {
        return TW_RC_APPROVED;
    }
    return card->tries_left == 0 ? TW_RC_PIN_TRIES_EXCEEDED : TW_RC_WRONG_PIN;
}

static bool is_ours(const struct bank_item *item, const struct bank_book *book) {
    return item->acquirer == book->services->bank_code;
}

void bank_want_own_terminal(const struct bank_item *item, struct bank_book *book) {
    if (is_ours(item, book)) {
        bank_want_terminal(book, item->request.header.terminal_id, true);
    }
}

struct bank_terminal *bank_own_terminal(const struct bank_item *item, struct bank_book *book) {
    return is_ours(item, book) ? bank_book_terminal(book, item->request.header.terminal_id) : NULL;
}
