/*
 * Money at the counter, by bankctl: a customer's cash in (Dr Vault Cr Cust) and out (Dr Cust Cr
 * Vault), and the owners' capital (Dr Vault Cr Capital). The same engine, the same history, the
 * same hash chain as every other posting; only terminal and STAN are missing.
 */
#include "ops/rules.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, item->request.counter.account_id);
    bank_content_i64(&content, item->request.counter.amount);
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_account(book, item->request.counter.account_id, true);
    bank_want_account(book, bank_ledger_account(BANK_VAULT, 0), true);
    bank_want_account(book, bank_ledger_account(BANK_CAPITAL_KIND, 0), true);
}

/* The customer's account when amount may move by delta on it; else NULL with the rc set. */
static struct bank_account *customer_account(struct bank_item *item, struct bank_book *book,
                                             int64_t delta_minor) {
    const struct bank_counter_request *request = &item->request.counter;
    item->decision.amount_minor = request->amount > 0 ? request->amount : 0;
    item->decision.account_id = request->account_id;
    struct bank_account *account = bank_book_account(book, request->account_id);
    if (account == NULL || account->kind != BANK_CUST || account->status == 'C') {
        bank_decline(item, TW_RC_BAD_ACCOUNT);
        return NULL;
    }
    if (request->amount <= 0 || !bank_fits(account, delta_minor)) {
        bank_decline(item, TW_RC_INVALID_AMOUNT);
        return NULL;
    }
    return account;
}

static void decide_deposit(struct bank_item *item, struct bank_book *book) {
    int64_t amount = item->request.counter.amount;
    struct bank_account *account = customer_account(item, book, -amount);
    if (account == NULL) {
        return;
    }
    struct bank_account *vault = bank_book_account(book, bank_ledger_account(BANK_VAULT, 0));
    if (vault == NULL || !bank_fits(vault, amount)) {
        bank_decline(item, TW_RC_INVALID_AMOUNT);
        return;
    }
    bank_post(book, &item->decision, vault, account, amount);
    bank_note_balance(item, account);
}

static void decide_withdrawal(struct bank_item *item, struct bank_book *book) {
    int64_t amount = item->request.counter.amount;
    struct bank_account *account = customer_account(item, book, amount);
    if (account == NULL) {
        return;
    }
    struct bank_account *vault = bank_book_account(book, bank_ledger_account(BANK_VAULT, 0));
    enum tw_rc rc = bank_check_debit(account, book, amount);
    if (rc != TW_RC_APPROVED || vault == NULL || !bank_fits(vault, -amount)) {
        bank_decline(item, rc != TW_RC_APPROVED ? rc : TW_RC_INVALID_AMOUNT);
        return;
    }
    bank_post(book, &item->decision, account, vault, amount);
    bank_use_daily(account, book, amount);
    bank_note_balance(item, account);
}

static void decide_capital(struct bank_item *item, struct bank_book *book) {
    int64_t amount = item->request.counter.amount;
    struct bank_account *vault = bank_book_account(book, bank_ledger_account(BANK_VAULT, 0));
    struct bank_account *capital =
        bank_book_account(book, bank_ledger_account(BANK_CAPITAL_KIND, 0));
    item->decision.amount_minor = amount > 0 ? amount : 0;
    bool possible = amount > 0 && vault != NULL && capital != NULL && bank_fits(vault, amount) &&
                    bank_fits(capital, -amount);
    if (!possible) {
        bank_decline(item, TW_RC_INVALID_AMOUNT);
        return;
    }
    bank_post(book, &item->decision, vault, capital, amount);
}

#define COUNTER_OP(name_, operation_, decide_)                                                     \
    const struct bank_op name_ = {                                                                 \
        .method = TW_METHOD_COUNT,                                                                 \
        .operation = (operation_),                                                                 \
        .phase = BANK_REQUEST,                                                                     \
        .flags = BANK_OP_NO_TERMINAL,                                                              \
        .prepare = prepare,                                                                        \
        .plan = plan,                                                                              \
        .decide = (decide_),                                                                       \
        .answer = bank_answer_posting,                                                             \
    }

COUNTER_OP(bank_op_counter_deposit, BANK_COUNTER_DEPOSIT, decide_deposit);
COUNTER_OP(bank_op_counter_withdrawal, BANK_COUNTER_WITHDRAWAL, decide_withdrawal);
COUNTER_OP(bank_op_capital, BANK_CAPITAL, decide_capital);
