/*
 * withdrawal.reverse: none (full) or only `dispensed` (partial) of the cash left the terminal.
 * At our own terminal Dr DispClr by the whole amount; Cr ATM what left, Cr Cust the rest. For a
 * peer's terminal Dr IB:{acquirer} Cr Cust by the rest; a full reversal mirrors the fees as well.
 * Limits get the rest back. A foreign card at our terminal: ops/acquirer.c.
 */
#include "ops/acquirer.h"
#include "ops/interbank.h"
#include "ops/reverse.h"

static void return_to_peer(struct bank_item *item, struct bank_book *book,
                           const struct bank_decision *original) {
    struct bank_decision *decision = &item->decision;
    struct bank_account *account = bank_book_account(book, original->account_id);
    struct bank_account *interbank = bank_reverse_interbank(item, book, original);
    int64_t returned = decision->amount_minor - decision->kept_minor;
    if (interbank == NULL) {
        return;
    }
    if (returned > 0) {
        int64_t payment = returned + decision->surcharge_minor;
        bank_issuer_post(book, decision, interbank, -payment, -decision->interchange_minor);
        bank_post_leg(book, decision, account, -payment);
        bank_reverse_limits(bank_book_card(book, original->card_id), account, original, returned);
    }
    bank_note_balance(item, account);
}

static void decide(struct bank_item *item, struct bank_book *book) {
    if (bank_acquired_abroad(item, book)) {
        bank_acquirer_reverse(item, book, BANK_WITHDRAWAL);
        return;
    }
    const struct bank_decision *original = bank_reverse_original(item, book, BANK_WITHDRAWAL);
    if (original == NULL) {
        return;
    }
    struct bank_decision *decision = &item->decision;
    if (bank_is_foreign(item, book->services)) {
        return_to_peer(item, book, original);
        return;
    }
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
    .flags = BANK_OP_ADVICE | BANK_OP_ISSUER,
    .prepare = bank_reverse_prepare,
    .plan = bank_reverse_plan,
    .decide = decide,
    .answer = bank_reverse_answer,
};
