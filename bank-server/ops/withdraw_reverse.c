/*
 * withdrawal.reverse: none (full) or only `dispensed` (partial) of the cash left the terminal.
 * Dr DispClr by the whole amount; Cr ATM what left, Cr Cust the rest; limits get the rest back.
 */
#include "ops/reverse.h"

static void decide(struct bank_item *item, struct bank_book *book) {
    const struct bank_decision *original = bank_reverse_original(item, book, BANK_WITHDRAWAL);
    if (original == NULL) {
        return;
    }
    struct bank_decision *decision = &item->decision;
    struct bank_account *clearing =
        bank_book_account(book, bank_dispclr_account(decision->terminal_id));
    struct bank_account *cash = bank_book_account(book, bank_atm_account(decision->terminal_id));
    tw_assert(clearing != NULL && cash != NULL);
    if (decision->kept_minor > 0) {
        bank_post(book, decision, clearing, cash, decision->kept_minor);
    }
    bank_reverse_return(item, book, original, decision->amount_minor - decision->kept_minor);
}

const struct bank_op bank_op_withdraw_reverse = {
    .method = TW_METHOD_WITHDRAW_REVERSE,
    .operation = BANK_WITHDRAWAL,
    .phase = BANK_REVERSAL,
    .flags = BANK_OP_ADVICE,
    .prepare = bank_reverse_prepare,
    .plan = bank_reverse_plan,
    .decide = decide,
    .answer = bank_answer_posting,
};
