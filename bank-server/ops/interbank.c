/* Nothing here decides an operation; each does that in its own file. */
#include "ops/interbank.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How far a peer's window may be from ours: cut-overs do not happen everywhere at once, and late
 * items belong to windows that closed. */
#define WINDOWS_AHEAD  16
#define WINDOWS_BEHIND 1024

bool bank_is_foreign(const struct bank_item *item, const struct bank_services *services) {
    return item->acquirer != services->bank_code;
}

void bank_issuer_plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_peer(book, item, item->acquirer, 0);
    bank_want_account(book, bank_ledger_account(BANK_FEEEXP, book->stripe), true);
}

enum tw_rc bank_issuer_check(const struct bank_item *item, struct bank_book *book,
                             const struct tw_fees *fees) {
    const struct bank_peer *peer = bank_book_peer(book, item->acquirer);
    bool agreed = peer != NULL && peer->status == 'A' &&
                  (fees->interchange == 0 || fees->interchange == peer->interchange_minor);
    return agreed ? TW_RC_APPROVED : TW_RC_NOT_PERMITTED_CARD;
}

void bank_issuer_stamp(struct bank_item *item, const struct bank_book *book,
                       const struct tw_fees *fees) {
    item->decision.peer = item->acquirer;
    item->decision.window_no = book->window_no;
    item->decision.surcharge_minor = fees->surcharge;
    item->decision.interchange_minor = fees->interchange;
}

void bank_issuer_post(struct bank_book *book, const struct bank_decision *decision,
                      struct bank_account *interbank, int64_t payment_minor,
                      int64_t interchange_minor) {
    if (interchange_minor != 0) {
        struct bank_account *expense =
            bank_book_account(book, bank_ledger_account(BANK_FEEEXP, book->stripe));
        bank_post_leg(book, decision, expense, interchange_minor);
    }
    bank_post_leg(book, decision, interbank, -(payment_minor + interchange_minor));
}

bool bank_window_plausible(const struct bank_book *book, int64_t window_no) {
    return window_no >= 1 && window_no <= book->window_no + WINDOWS_AHEAD &&
           window_no >= book->window_no - WINDOWS_BEHIND;
}

char *bank_reason_detail(const char *reason) {
    char detail[32];
    (void)snprintf(detail, sizeof detail, "{\"reason\":\"%.4s\"}", reason);
    char *copy = strdup(detail);
    tw_assert(copy != NULL);
    return copy;
}

void bank_reason_of(const struct bank_decision *decision, char ret_reason[5]) {
    static const char start[] = "{\"reason\":\"";
    ret_reason[0] = '\0';
    if (decision->detail != NULL && strncmp(decision->detail, start, sizeof start - 1) == 0) {
        (void)snprintf(ret_reason, 5, "%.4s", decision->detail + sizeof start - 1);
    }
}

enum tw_rc bank_rc_of_reason(const char *reason) {
    static const struct {
        char reason[5];
        enum tw_rc rc;
    } table[] = {
        {"AC01", TW_RC_BAD_TO_ACCOUNT},     {"AC04", TW_RC_BAD_TO_ACCOUNT},
        {"AC06", TW_RC_BAD_TO_ACCOUNT},     {"AM03", TW_RC_INVALID_TRANSACTION},
        {"AM04", TW_RC_INSUFFICIENT_FUNDS}, {"AM05", TW_RC_DUPLICATE},
        {"AM14", TW_RC_AMOUNT_LIMIT},       {"RC01", TW_RC_NO_ROUTE},
        {"AB05", TW_RC_ISSUER_UNREACHABLE},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].reason, reason) == 0) {
            return table[i].rc;
        }
    }
    return TW_RC_DO_NOT_HONOUR;
}
