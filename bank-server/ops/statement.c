/* statement.mini: the latest entries of one of the card's accounts, newest first. */
#include "ops/rules.h"

#define STATEMENT_DEFAULT 10

static void prepare(struct bank_item *item, const struct bank_services *services) {
    bank_prepare_session(item, services, item->request.statement.session);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    if (item->session_valid) {
        bank_want_card(book, item->claims.card_id, false);
        bank_want_account(book, item->request.statement.account.account, false);
        bank_want_statement(book, item->request.statement.account.account);
    }
}

static void take_lines(const struct bank_book *book, int64_t account_id, size_t most,
                       struct tw_statement_result *result) {
    for (size_t i = 0; i < book->line_count && result->entry_count < most; i++) {
        if (book->lines[i].account_id == account_id) {
            result->entries[result->entry_count++] = book->lines[i].entry;
        }
    }
}

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct tw_statement_request *request = &item->request.statement;
    const struct bank_card *card = bank_session_card(item, book);
    if (card == NULL) {
        return;
    }
    enum tw_rc rc = bank_check_card(card, book);
    const struct bank_account *account = bank_card_account(book, card, request->account);
    if (rc != TW_RC_APPROVED || account == NULL) {
        bank_decline(item, rc != TW_RC_APPROVED ? rc : TW_RC_BAD_ACCOUNT);
        return;
    }
    struct tw_statement_result result = {
        .outcome = bank_outcome(TW_RC_APPROVED),
        .currency = account->currency,
        .ledger_balance = bank_ledger_balance(account),
        .available_balance = bank_available_balance(account),
    };
    take_lines(book, account->id, request->count > 0 ? (size_t)request->count : STATEMENT_DEFAULT,
               &result);
    bank_reply(item, tw_statement_result_fields, &result, false);
}

const struct bank_op bank_op_statement = {
    .method = TW_METHOD_STATEMENT,
    .flags = BANK_OP_READS | BANK_OP_ISSUER,
    .prepare = prepare,
    .plan = plan,
    .decide = decide,
    .answer = bank_answer_reply,
};
