/*
 * deposit.reverse: the notes could not be stowed and went back to the customer (Dr Cust Cr ATM;
 * at a peer's terminal Dr Cust Cr IB:{acquirer}).
 * Cannot be refused, so the account may go below its limit when the money was spent meanwhile.
 */
#include "ops/reverse.h"

#include "ops/acquirer.h"
#include "ops/interbank.h"

static void decide(struct bank_item *item, struct bank_book *book) {
    if (item->request.reverse.dispensed != 0) {
        item->decision.amount_minor = item->request.reverse.amount;
        bank_refuse_duplicate(item);
        return;
    }
    if (bank_acquired_abroad(item, book)) {
        bank_acquirer_reverse(item, book, BANK_DEPOSIT);
        return;
    }
    const struct bank_decision *original = bank_reverse_original(item, book, BANK_DEPOSIT);
    if (original == NULL) {
        return;
    }
    struct bank_decision *decision = &item->decision;
    struct bank_account *account = bank_book_account(book, original->account_id);
    struct bank_account *contra =
        bank_is_foreign(item, book->services)
            ? bank_reverse_interbank(item, book, original)
            : bank_book_account(book, bank_atm_account(decision->terminal_id));
    tw_assert(contra != NULL || book->retry);
    if (contra == NULL) {
        return;
    }
    bank_post(book, decision, account, contra, decision->amount_minor);
    bank_note_balance(item, account);
}

const struct bank_op bank_op_deposit_reverse = {
    .method = TW_METHOD_DEPOSIT_REVERSE,
    .operation = BANK_DEPOSIT,
    .phase = BANK_REVERSAL,
    .flags = BANK_OP_ADVICE | BANK_OP_ISSUER,
    .prepare = bank_reverse_prepare,
    .plan = bank_reverse_plan,
    .decide = decide,
    .answer = bank_reverse_answer,
};
