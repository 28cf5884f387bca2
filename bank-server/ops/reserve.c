/*
 * The bank's reserve at the settlement agent, by bankctl: cash is paid in there (Dr Settle Cr
 * Vault) or comes back (Dr Vault Cr Settle), never more than the book has there. The agent books
 * its side by its own operators.
 */
#include "ops/rules.h"

static void prepare(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, item->request.counter.amount);
    bank_content_end(&content, item);
}

static void plan(const struct bank_item *item, struct bank_book *book) {
    (void)item;
    bank_want_account(book, bank_ledger_account(BANK_VAULT, 0), true);
    bank_want_account(book, bank_ledger_account(BANK_SETTLE, 0), true);
}

static void move(struct bank_item *item, struct bank_book *book, enum bank_account_kind from,
                 enum bank_account_kind to) {
    int64_t amount = item->request.counter.amount;
    struct bank_account *debit = bank_book_account(book, bank_ledger_account(to, 0));
    struct bank_account *credit = bank_book_account(book, bank_ledger_account(from, 0));
    item->decision.amount_minor = amount > 0 ? amount : 0;
    if (amount <= 0 || !bank_fits(debit, amount) || !bank_fits(credit, -amount)) {
        bank_decline(item, TW_RC_INVALID_AMOUNT);
    } else if (credit->balance_minor < amount) {
        bank_decline(item, TW_RC_INSUFFICIENT_FUNDS);
    } else {
        bank_post(book, &item->decision, debit, credit, amount);
    }
}

static void decide_pay_in(struct bank_item *item, struct bank_book *book) {
    move(item, book, BANK_VAULT, BANK_SETTLE);
}

static void decide_pay_out(struct bank_item *item, struct bank_book *book) {
    move(item, book, BANK_SETTLE, BANK_VAULT);
}

#define RESERVE_OP(name_, decide_)                                                                 \
    const struct bank_op name_ = {                                                                 \
        .method = TW_METHOD_COUNT,                                                                 \
        .operation = BANK_RESERVE,                                                                 \
        .phase = BANK_REQUEST,                                                                     \
        .flags = BANK_OP_NO_TERMINAL,                                                              \
        .prepare = prepare,                                                                        \
        .plan = plan,                                                                              \
        .decide = (decide_),                                                                       \
        .answer = bank_answer_posting,                                                             \
    }

RESERVE_OP(bank_op_reserve_pay_in, decide_pay_in);
RESERVE_OP(bank_op_reserve_pay_out, decide_pay_out);
