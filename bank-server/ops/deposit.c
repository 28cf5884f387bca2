/*
 * deposit.request: counted notes in the terminal's escrow become the customer's money when this
 * approves (Dr ATM Cr Cust). The notes must add up to the amount. A blocked account may still be
 * credited; a closed one may not.
 */
#include "ops/rules.h"

static void plan(const struct bank_item *item, struct bank_book *book) {
    if (item->session_valid) {
        bank_want_card(book, item->claims.card_id, false);
    }
    bank_want_account(book, item->request.cash.account.account, true);
    bank_want_account(book, bank_atm_account(item->request.header.terminal_id), true);
}

static enum tw_rc check(const struct bank_item *item, const struct bank_book *book,
                        const struct bank_card *card, const struct bank_account *account,
                        const struct bank_account *cash) {
    const struct tw_cash_request *request = &item->request.cash;
    enum tw_rc rc = bank_check_cash(item, book, card, account, TW_RC_BAD_TO_ACCOUNT);
    if (rc != TW_RC_APPROVED) {
        return rc;
    }
    bool amount_right = bank_notes_add_up(request->notes, request->note_count, request->amount) &&
                        bank_fits(account, -request->amount);
    if (!amount_right) {
        return TW_RC_INVALID_AMOUNT;
    }
    return cash != NULL && bank_fits(cash, request->amount) ? TW_RC_APPROVED
                                                            : TW_RC_NOT_PERMITTED_TERMINAL;
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
    struct bank_account *cash = bank_book_account(book, bank_atm_account(decision->terminal_id));
    decision->rc = check(item, book, card, account, cash);
    if (account != NULL) {
        decision->account_id = account->id;
    }
    if (decision->rc != TW_RC_APPROVED) {
        return;
    }
    bank_post(book, decision, cash, account, request->amount);
    bank_note_balance(item, account);
}

const struct bank_op bank_op_deposit = {
    .method = TW_METHOD_DEPOSIT,
    .operation = BANK_DEPOSIT,
    .phase = BANK_REQUEST,
    .prepare = bank_prepare_cash,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_posting,
};
