/*
 * deposit.request: counted notes in the terminal's escrow become the customer's money when this
 * approves (Dr ATM Cr Cust). At a peer's terminal the peer has the notes and owes us their value
 * (Dr IB:{acquirer} Cr Cust), up to its bilateral limit. The notes must add up to the amount. A
 * blocked account may still be credited; a closed one may not.
 */
#include "ops/interbank.h"

static void plan(const struct bank_item *item, struct bank_book *book) {
    if (item->session_valid) {
        bank_want_card(book, item->claims.card_id, false);
    }
    bank_want_account(book, item->request.cash.account.account, true);
    if (bank_is_foreign(item, book->services)) {
        bank_issuer_plan(item, book);
    } else {
        bank_want_account(book, bank_atm_account(item->request.header.terminal_id), true);
    }
}

static enum tw_rc check(const struct bank_item *item, const struct bank_book *book,
                        const struct bank_card *card, const struct bank_account *account) {
    const struct tw_cash_request *request = &item->request.cash;
    enum tw_rc rc = bank_check_cash(item, book, card, account, TW_RC_BAD_TO_ACCOUNT);
    if (rc != TW_RC_APPROVED) {
        return rc;
    }
    bool amount_right = bank_notes_add_up(request->notes, request->note_count, request->amount) &&
                        bank_fits(account, -request->amount);
    return amount_right ? TW_RC_APPROVED : TW_RC_INVALID_AMOUNT;
}

/* Whose the notes are: our terminal's, or a peer's that owes us for them. NULL with the rc set, or
 * with book->retry. */
static struct bank_account *find_contra(struct bank_item *item, struct bank_book *book) {
    const struct tw_cash_request *request = &item->request.cash;
    struct bank_decision *decision = &item->decision;
    if (!bank_is_foreign(item, book->services)) {
        struct bank_account *cash =
            bank_book_account(book, bank_atm_account(decision->terminal_id));
        bool possible = cash != NULL && bank_fits(cash, request->amount);
        decision->rc = possible ? TW_RC_APPROVED : TW_RC_NOT_PERMITTED_TERMINAL;
        return possible ? cash : NULL;
    }
    decision->rc = bank_issuer_check(item, book, &request->fees);
    if (decision->rc != TW_RC_APPROVED) {
        return NULL;
    }
    struct bank_account *interbank = bank_book_interbank(book, item, item->acquirer, 0);
    if (interbank != NULL && !bank_book_room(book, item, item->acquirer, request->amount)) {
        decision->rc = TW_RC_AMOUNT_LIMIT;
        return NULL;
    }
    bank_issuer_stamp(item, book, &(struct tw_fees){0});
    return interbank;
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct tw_cash_request *request = &item->request.cash;
    struct bank_decision *decision = &item->decision;
    decision->amount_minor = request->amount;
    if (bank_book_decision(book, &decision->txid, BANK_REVERSAL) != NULL) {
        bank_refuse_duplicate(item);
        return;
    }
    const struct bank_card *card = bank_session_card(item, book);
    if (card == NULL) {
        return;
    }
    struct bank_account *account = bank_card_account(book, card, request->account);
    decision->rc = check(item, book, card, account);
    if (account != NULL) {
        decision->account_id = account->id;
    }
    struct bank_account *contra = decision->rc == TW_RC_APPROVED ? find_contra(item, book) : NULL;
    if (contra == NULL) {
        return;
    }
    bank_post(book, decision, contra, account, request->amount);
    bank_note_balance(item, account);
}

const struct bank_op bank_op_deposit = {
    .method = TW_METHOD_DEPOSIT,
    .operation = BANK_DEPOSIT,
    .phase = BANK_REQUEST,
    .flags = BANK_OP_ISSUER,
    .prepare = bank_prepare_cash,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_posting,
};
