/*
 * The supervisor's operations: notes put in (Dr ATM Cr Vault), taken out (Dr Vault Cr ATM), counted
 * (short: Dr Short Cr ATM; over: Dr ATM Cr Over), the period's totals, and the cut-over that ends
 * the period. Each runs in a batch of its own, because totals are sums over entries that batch
 * mates would still be adding to. The answer is stored whole.
 */
#include "ops/rules.h"

static void prepare_cash(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    const struct tw_terminal_cash_request *request = &item->request.terminal_cash;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_i64(&content, request->amount);
    bank_content_bytes(&content, request->currency.code, sizeof request->currency.code);
    bank_content_notes(&content, request->notes, request->note_count);
    bank_content_end(&content, item);
}

static void prepare_plain(struct bank_item *item, const struct bank_services *services) {
    (void)services;
    struct bank_content content;
    bank_content_begin(&content, item);
    bank_content_end(&content, item);
}

static void plan_locked(const struct bank_item *item, struct bank_book *book) {
    int32_t terminal_id = item->request.header.terminal_id;
    bank_want_terminal(book, terminal_id, true);
    bank_want_account(book, bank_atm_account(terminal_id), true);
    bank_want_account(book, bank_dispclr_account(terminal_id), true);
    bank_want_account(book, bank_ledger_account(BANK_VAULT, 0), true);
    bank_want_account(book, bank_ledger_account(BANK_SHORT, 0), true);
    bank_want_account(book, bank_ledger_account(BANK_OVER, 0), true);
    bank_want_totals(book, terminal_id);
}

static void plan_totals(const struct bank_item *item, struct bank_book *book) {
    int32_t terminal_id = item->request.header.terminal_id;
    bank_want_account(book, bank_atm_account(terminal_id), false);
    bank_want_account(book, bank_dispclr_account(terminal_id), false);
    bank_want_totals(book, terminal_id);
}

/* Answers the totals as read before this item, the balances as they stand after it. */
static void reply_totals(struct bank_item *item, struct bank_book *book, int64_t difference,
                         bool store) {
    int32_t terminal_id = item->request.header.terminal_id;
    const struct bank_account *cash = bank_book_account(book, bank_atm_account(terminal_id));
    const struct bank_account *clearing =
        bank_book_account(book, bank_dispclr_account(terminal_id));
    const struct bank_totals *totals = bank_book_totals(book, terminal_id);
    if (cash == NULL || clearing == NULL || totals == NULL) {
        bank_decline(item, TW_RC_NOT_PERMITTED_TERMINAL);
        return;
    }
    struct tw_terminal_totals_result result = {
        .outcome = bank_outcome(item->decision.rc),
        .business_date = book->business_date,
        .currency = book->currency,
        .cash_balance = cash->balance_minor,
        .dispense_clearing = -clearing->balance_minor,
        .difference = difference,
        .withdrawal_count = totals->withdrawal_count,
        .withdrawal_amount = totals->withdrawal_amount,
        .reversal_count = totals->reversal_count,
        .reversal_amount = totals->reversal_amount,
        .deposit_count = totals->deposit_count,
        .deposit_amount = totals->deposit_amount,
    };
    bank_reply(item, tw_terminal_totals_result_fields, &result, store);
}

/* The terminal's cash account when the request's notes are consistent, else NULL with the rc set.
 */
static struct bank_account *checked_cash(struct bank_item *item, struct bank_book *book) {
    const struct tw_terminal_cash_request *request = &item->request.terminal_cash;
    item->decision.amount_minor = request->amount;
    struct bank_account *cash =
        bank_book_account(book, bank_atm_account(item->request.header.terminal_id));
    if (cash == NULL) {
        bank_decline(item, TW_RC_NOT_PERMITTED_TERMINAL);
        return NULL;
    }
    if (!tw_currency_equal(cash->currency, request->currency)) {
        bank_decline(item, TW_RC_INVALID_TRANSACTION);
        return NULL;
    }
    bool right = bank_notes_add_up(request->notes, request->note_count, request->amount) &&
                 bank_fits(cash, request->amount) && bank_fits(cash, -request->amount);
    if (!right) {
        bank_decline(item, TW_RC_INVALID_AMOUNT);
        return NULL;
    }
    item->decision.account_id = cash->id;
    return cash;
}

static void move_cash(struct bank_item *item, struct bank_book *book, bool into_terminal) {
    struct bank_account *cash = checked_cash(item, book);
    struct bank_account *vault = bank_book_account(book, bank_ledger_account(BANK_VAULT, 0));
    if (cash == NULL) {
        return;
    }
    int64_t amount = item->request.terminal_cash.amount;
    if (vault == NULL || amount == 0 || !bank_fits(vault, into_terminal ? -amount : amount)) {
        bank_decline(item, TW_RC_INVALID_AMOUNT);
        return;
    }
    bank_post(book, &item->decision, into_terminal ? cash : vault, into_terminal ? vault : cash,
              amount);
    reply_totals(item, book, 0, true);
}

static void decide_replenish(struct bank_item *item, struct bank_book *book) {
    move_cash(item, book, true);
}

static void decide_remove(struct bank_item *item, struct bank_book *book) {
    move_cash(item, book, false);
}

static void decide_balance(struct bank_item *item, struct bank_book *book) {
    struct bank_account *cash = checked_cash(item, book);
    struct bank_account *shortage = bank_book_account(book, bank_ledger_account(BANK_SHORT, 0));
    struct bank_account *over = bank_book_account(book, bank_ledger_account(BANK_OVER, 0));
    if (cash == NULL) {
        return;
    }
    tw_assert(shortage != NULL && over != NULL);
    int64_t difference = item->request.terminal_cash.amount - cash->balance_minor;
    if (difference < 0) {
        bank_post(book, &item->decision, shortage, cash, -difference);
    } else if (difference > 0) {
        bank_post(book, &item->decision, cash, over, difference);
    }
    reply_totals(item, book, difference, true);
}

static void decide_totals(struct bank_item *item, struct bank_book *book) {
    reply_totals(item, book, 0, false);
}

static void decide_cut_over(struct bank_item *item, struct bank_book *book) {
    int32_t terminal_id = item->request.header.terminal_id;
    struct bank_terminal *terminal = bank_book_terminal(book, terminal_id);
    const struct bank_account *cash = bank_book_account(book, bank_atm_account(terminal_id));
    const struct bank_account *clearing =
        bank_book_account(book, bank_dispclr_account(terminal_id));
    if (terminal == NULL || !terminal->locked || cash == NULL || clearing == NULL) {
        bank_decline(item, TW_RC_NOT_PERMITTED_TERMINAL);
        return;
    }
    reply_totals(item, book, 0, true);
    terminal->period_no++;
    terminal->period_atm_no = cash->entry_no;
    terminal->period_clr_no = clearing->entry_no;
    terminal->changed = true;
}

#define SUPERVISOR_OP(name_, method_, operation_, prepare_, decide_)                               \
    const struct bank_op name_ = {                                                                 \
        .method = (method_),                                                                       \
        .operation = (operation_),                                                                 \
        .phase = BANK_REQUEST,                                                                     \
        .flags = BANK_OP_ALONE | BANK_OP_ANY_TIME,                                                 \
        .prepare = (prepare_),                                                                     \
        .plan = plan_locked,                                                                       \
        .decide = (decide_),                                                                       \
        .answer = bank_answer_reply,                                                               \
    }

SUPERVISOR_OP(bank_op_replenish, TW_METHOD_TERMINAL_REPLENISH, BANK_REPLENISH, prepare_cash,
              decide_replenish);
SUPERVISOR_OP(bank_op_remove, TW_METHOD_TERMINAL_REMOVE, BANK_REMOVE, prepare_cash, decide_remove);
SUPERVISOR_OP(bank_op_balancing, TW_METHOD_TERMINAL_BALANCE, BANK_BALANCING, prepare_cash,
              decide_balance);
SUPERVISOR_OP(bank_op_cut_over, TW_METHOD_TERMINAL_CUT_OVER, BANK_CUT_OVER, prepare_plain,
              decide_cut_over);

const struct bank_op bank_op_totals = {
    .method = TW_METHOD_TERMINAL_TOTALS,
    .flags = BANK_OP_READS | BANK_OP_ANY_TIME,
    .plan = plan_totals,
    .decide = decide_totals,
    .answer = bank_answer_reply,
};
