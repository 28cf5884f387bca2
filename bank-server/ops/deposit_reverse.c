/*
 * deposit.reverse: the notes could not be stowed and went back to the customer (Dr Cust Cr ATM).
 * Cannot be refused, so the account may go below its limit when the money was spent meanwhile.
 */
#include "ops/reverse.h"

static void decide(struct bank_item *item, struct bank_book *book) {
    if (item->request.reverse.dispensed != 0) {
        item->decision.amount_minor = item->request.reverse.amount;
        bank_refuse_duplicate(item);
        return;
    }
    const struct bank_decision *original = bank_reverse_original(item, book, BANK_DEPOSIT);
    if (original == NULL) {
        return;
    }
    struct bank_decision *decision = &item->decision;
    struct bank_account *account = bank_book_account(book, original->account_id);
    struct bank_account *cash = bank_book_account(book, bank_atm_account(decision->terminal_id));
    tw_assert(cash != NULL);
    bank_post(book, decision, account, cash, decision->amount_minor);
    bank_note_balance(item, account);
}

const struct bank_op bank_op_deposit_reverse = {
    .method = TW_METHOD_DEPOSIT_REVERSE,
    .operation = BANK_DEPOSIT,
    .phase = BANK_REVERSAL,
    .flags = BANK_OP_ADVICE,
    .prepare = bank_reverse_prepare,
    .plan = bank_reverse_plan,
    .decide = decide,
    .answer = bank_answer_posting,
};
