/*
 * A suspected dispense is ended by an operator, after the terminal's notes were counted. Taken: the
 * customer has the cash, and balancing booked it as missing (Dr Short Cr ATM), so DispClr makes
 * good for it (Dr DispClr Cr Short). Inside: the customer gets all of it back (Dr DispClr Cr Cust),
 * like after a full reversal; for a foreign card the reversal is stored for its issuer.
 *
 * The resolutions are the confirmation and the reversal of the withdrawal, under its own txid, and
 * not operations of their own: so one key holds against being resolved twice, by the operator and
 * by the terminal alike, and all who ask what became of the withdrawal find it where they look. A
 * refusal is not stored, because the key it would use up is the terminal's.
 */
#include "ops/acquirer.h"
#include "ops/reverse.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_original(book, &item->request.header.txid);
    bank_want_account(book, bank_dispclr_account(item->request.header.terminal_id), true);
    bank_want_account(book, bank_ledger_account(BANK_SHORT, 0), true);
}

static void refuse(struct bank_item *item, enum tw_rc rc) {
    item->origin = BANK_REFUSED;
    bank_decline(item, rc);
}

static bool matches(const struct bank_item *item, const struct bank_decision *original) {
    return original->operation == BANK_WITHDRAWAL && original->acquirer == item->acquirer &&
           original->terminal_id == item->request.header.terminal_id &&
           original->rc == TW_RC_APPROVED;
}

/* The withdrawal, suspected and open, its data in the decision; else NULL with the rc set: 25 no
 * such withdrawal, 12 no suspicion, 94 confirmed or reversed already. */
static const struct bank_decision *open_suspect(struct bank_item *item, struct bank_book *book) {
    struct bank_decision *decision = &item->decision;
    const struct bank_decision *original = bank_book_decision(book, &decision->txid, BANK_REQUEST);
    if (original == NULL || !matches(item, original)) {
        refuse(item, TW_RC_ORIGINAL_NOT_FOUND);
        return NULL;
    }
    if (bank_book_decision(book, &decision->txid, BANK_CONFIRMATION) != NULL ||
        bank_book_decision(book, &decision->txid, BANK_REVERSAL) != NULL) {
        refuse(item, TW_RC_DUPLICATE);
        return NULL;
    }
    const struct bank_decision *suspicion =
        bank_book_decision(book, &decision->txid, BANK_SUSPICION);
    if (suspicion == NULL || suspicion->rc != TW_RC_APPROVED) {
        refuse(item, TW_RC_INVALID_TRANSACTION);
        return NULL;
    }
    decision->amount_minor = original->amount_minor;
    decision->card_id = original->card_id;
    decision->account_id = original->account_id;
    return original;
}

static void decide_taken(struct bank_item *item, struct bank_book *book) {
    const struct bank_decision *original = open_suspect(item, book);
    if (original == NULL) {
        return;
    }
    bank_post(book, &item->decision,
              bank_book_account(book, bank_dispclr_account(original->terminal_id)),
              bank_book_account(book, bank_ledger_account(BANK_SHORT, 0)), original->amount_minor);
}

static void decide_inside(struct bank_item *item, struct bank_book *book) {
    const struct bank_decision *original = open_suspect(item, book);
    if (original != NULL && original->peer != 0) {
        bank_acquirer_send_reversal(item, book, original, "power_loss");
        return;
    }
    if (original == NULL || !bank_reverse_locked(book, original)) {
        return;
    }
    if (bank_book_account(book, original->account_id)->status == 'C') {
        refuse(item, TW_RC_BAD_ACCOUNT);
        return;
    }
    bank_reverse_return(item, book, original, original->amount_minor);
}

#define RESOLVE_OP(name_, phase_, decide_)                                                         \
    const struct bank_op name_ = {                                                                 \
        .method = TW_METHOD_COUNT,                                                                 \
        .operation = BANK_WITHDRAWAL,                                                              \
        .phase = (phase_),                                                                         \
        .flags = BANK_OP_NO_TERMINAL,                                                              \
        .prepare = prepare,                                                                        \
        .plan = plan,                                                                              \
        .decide = (decide_),                                                                       \
        .answer = bank_answer_posting,                                                             \
    }

RESOLVE_OP(bank_op_resolve_taken, BANK_CONFIRMATION, decide_taken);
RESOLVE_OP(bank_op_resolve_inside, BANK_REVERSAL, decide_inside);
