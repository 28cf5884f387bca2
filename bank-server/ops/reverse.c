/*
 * A reversal that overtakes its original leaves a tombstone: it is stored with 25, and the
 * original, when it comes, finds the key taken (94). Both lock the terminal's account first, so
 * neither can slip past the other on two bank servers. Card and account of the original are locked
 * through its decision; one that was committed only after that look-up makes the batch run again.
 *
 * A reversal cannot be refused, and a closed account cannot take it. It has to wait: 96, which is
 * not stored, makes the terminal come again by and by, and the log tells the operators to reopen
 * the account. Rejected: a suspense account, which would need a way to pay out of it, and as one
 * more row locked by every reversal would hold up all lanes for what hardly ever happens.
 */
#include "ops/reverse.h"

#include "core/log.h"

#include <stdlib.h>
#include <string.h>

void bank_reverse_prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    const struct tw_reverse_request *request = &item->request.reverse;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->amount);
    bank_content_i64(&content, request->dispensed);
    bank_content_bytes(&content, request->currency.code, sizeof request->currency.code);
    bank_content_notes(&content, request->notes, request->note_count);
    bank_content_end(&content, item);
}

void bank_reverse_plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_original(book, &item->request.header.txid);
    bank_want_account(book, bank_dispclr_account(item->request.header.terminal_id), true);
    bank_want_account(book, bank_atm_account(item->request.header.terminal_id), true);
}

static bool matches(const struct bank_item *item, const struct bank_decision *original,
                    enum bank_operation operation) {
    const struct tw_reverse_request *request = &item->request.reverse;
    return original->operation == operation && original->acquirer == item->acquirer &&
           original->terminal_id == item->request.header.terminal_id &&
           original->amount_minor == request->amount && request->dispensed <= request->amount;
}

/* True, and refused, when money is to move on an account that was closed. */
static bool account_closed(struct bank_item *item, struct bank_book *book,
                           const struct bank_decision *original) {
    const struct bank_account *account = bank_book_account(book, original->account_id);
    if (account->status != 'C' || item->request.reverse.dispensed == original->amount_minor) {
        return false;
    }
    char txid[TW_UUID_TEXT_SIZE];
    tw_uuid_text(&original->txid, txid);
    tw_log(TW_LOG_ERROR,
           "a reversal waits for an account that is closed: bankctl account reopen, and close it "
           "again afterwards",
           TW_INT("account", account->id), TW_STR("txid", txid),
           TW_INT("terminal_id", original->terminal_id));
    item->origin = BANK_REFUSED;
    bank_decline(item, TW_RC_SYSTEM_ERROR);
    return true;
}

const struct bank_decision *bank_reverse_original(struct bank_item *item, struct bank_book *book,
                                                  enum bank_operation operation) {
    const struct tw_reverse_request *request = &item->request.reverse;
    struct bank_decision *decision = &item->decision;
    decision->amount_minor = request->amount;
    const struct bank_decision *original = bank_book_decision(book, &decision->txid, BANK_REQUEST);
    if (original == NULL) {
        decision->rc = TW_RC_ORIGINAL_NOT_FOUND;
        return NULL;
    }
    if (!matches(item, original, operation)) {
        bank_refuse_duplicate(item);
        return NULL;
    }
    decision->card_id = original->card_id;
    decision->account_id = original->account_id;
    if (original->rc != TW_RC_APPROVED) {
        decision->kept_minor = request->amount; /* nothing was posted, nothing comes back */
        return NULL;
    }
    if (bank_book_decision(book, &decision->txid, BANK_CONFIRMATION) != NULL) {
        decision->kept_minor = request->amount;
        decision->detail = strdup("{\"disputed\":true}");
        tw_assert(decision->detail != NULL);
        return NULL;
    }
    if (!bank_reverse_locked(book, original) || account_closed(item, book, original)) {
        return NULL;
    }
    decision->kept_minor = request->dispensed;
    return original;
}

bool bank_reverse_locked(struct bank_book *book, const struct bank_decision *original) {
    const struct bank_account *account = bank_book_account(book, original->account_id);
    const struct bank_card *card = bank_book_card(book, original->card_id);
    bool locked = account != NULL && account->locked && card != NULL && card->locked;
    book->retry = book->retry || !locked;
    return locked;
}

/* Only the day it was counted on gives it back. */
static void give_limits_back(struct bank_card *card, struct bank_account *account,
                             const struct bank_decision *original, int64_t returned_minor) {
    bank_unuse_daily(account, original->business_date, returned_minor);
    if (card->usage_date == original->business_date) {
        card->used_minor -= returned_minor;
        card->used_count -= returned_minor == original->amount_minor ? 1 : 0;
        card->changed = true;
    }
}

void bank_reverse_return(struct bank_item *item, struct bank_book *book,
                         const struct bank_decision *original, int64_t returned_minor) {
    struct bank_account *account = bank_book_account(book, original->account_id);
    if (returned_minor > 0) {
        struct bank_account *clearing =
            bank_book_account(book, bank_dispclr_account(original->terminal_id));
        bank_post(book, &item->decision, clearing, account, returned_minor);
        give_limits_back(bank_book_card(book, original->card_id), account, original,
                         returned_minor);
    }
    bank_note_balance(item, account);
}
