/*
 * withdrawal.confirm: advice that the customer took the notes (Dr DispClr Cr ATM), or that nobody
 * knows (suspect: kept as a decision of its own phase, DispClr stays open and is listed until an
 * operator ends it: resolve.c).
 * An advice is never declined. One that comes after a reversal, so that the customer was made whole
 * although the cash left, is acknowledged and marked disputed: balancing will find the cash short.
 */
#include <stdlib.h>
#include <string.h>

#include "ops/rules.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    const struct tw_confirm_request *request = &item->request.confirm;
    item->phase = request->suspect ? BANK_SUSPICION : BANK_CONFIRMATION;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->amount);
    bank_content_bytes(&content, request->currency.code, sizeof request->currency.code);
    bank_content_notes(&content, request->notes, request->note_count);
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_account(book, bank_dispclr_account(item->request.header.terminal_id), true);
    bank_want_account(book, bank_atm_account(item->request.header.terminal_id), true);
}

static bool matches(const struct bank_item *item, const struct bank_decision *original) {
    return original->operation == BANK_WITHDRAWAL && original->acquirer == item->acquirer &&
           original->terminal_id == item->request.header.terminal_id &&
           original->amount_minor == item->request.confirm.amount && original->rc == TW_RC_APPROVED;
}

static void decide(struct bank_item *item, struct bank_book *book) {
    struct bank_decision *decision = &item->decision;
    decision->amount_minor = item->request.confirm.amount;
    const struct bank_decision *original = bank_book_decision(book, &decision->txid, BANK_REQUEST);
    if (original == NULL) {
        decision->rc = TW_RC_ORIGINAL_NOT_FOUND;
        return;
    }
    if (!matches(item, original)) {
        bank_refuse_duplicate(item);
        return;
    }
    decision->card_id = original->card_id;
    decision->account_id = original->account_id;
    if (bank_book_decision(book, &decision->txid, BANK_REVERSAL) != NULL) {
        decision->detail = strdup("{\"disputed\":true}");
        tw_assert(decision->detail != NULL);
        return;
    }
    if (decision->phase == BANK_SUSPICION) {
        return;
    }
    struct bank_account *clearing =
        bank_book_account(book, bank_dispclr_account(decision->terminal_id));
    struct bank_account *cash = bank_book_account(book, bank_atm_account(decision->terminal_id));
    tw_assert(clearing != NULL && cash != NULL);
    bank_post(book, decision, clearing, cash, decision->amount_minor);
}

const struct bank_op bank_op_withdraw_confirm = {
    .method = TW_METHOD_WITHDRAW_CONFIRM,
    .operation = BANK_WITHDRAWAL,
    .phase = BANK_CONFIRMATION,
    .flags = BANK_OP_ADVICE,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_posting,
};
