/* balance.inquiry: reads one of the card's accounts as of its last entry. */
#include "ops/rules.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    bank_prepare_session(item, services, item->request.balance.session);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    if (item->session_valid) {
        bank_want_card(book, item->claims.card_id, false);
        bank_want_account(book, item->request.balance.account.account, false);
    }
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct bank_card *card = bank_session_card(item, book);
    if (card == NULL) {
        return;
    }
    enum tw_rc rc = bank_check_card(card, book);
    const struct bank_account *account =
        bank_card_account(book, card, item->request.balance.account);
    if (rc != TW_RC_APPROVED || account == NULL) {
        bank_decline(item, rc != TW_RC_APPROVED ? rc : TW_RC_BAD_ACCOUNT);
        return;
    }
    struct tw_balance_result result = {
        .outcome = bank_outcome(TW_RC_APPROVED),
        .currency = account->currency,
        .ledger_balance = bank_ledger_balance(account),
        .available_balance = bank_available_balance(account),
        .entry_no = account->entry_no,
    };
    bank_renew_session(item, book->services, result.session);
    bank_reply(item, tw_balance_result_fields, &result, false);
}

const struct bank_op bank_op_balance = {
    .method = TW_METHOD_BALANCE,
    .flags = BANK_OP_READS | BANK_OP_ISSUER,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_reply,
};
