/* Our card at a peer's terminal: what is posted, what is told, and what a reversal gives back. */
#include "fixture.h"
#include "ops/session_token.h"

static struct bank_item at_peer(const struct bank_op *op) {
    struct bank_item item = new_item(op);
    item.acquirer = PEER;
    return item;
}

static void seal_at_peer(char *token) {
    struct tw_session_claims claims = claims_of_card();
    claims.acquirer = PEER;
    bank_token_seal(services.keyring, BANK_CODE, &claims, token);
}

static struct bank_item cash_at_peer(const struct bank_op *op, int64_t amount) {
    struct bank_item item = at_peer(op);
    item.request.cash.account = (struct tw_iban){BANK_CODE, ALICE};
    item.request.cash.amount = amount;
    item.request.cash.currency = (struct tw_currency){"EUR"};
    seal_at_peer(item.request.cash.session);
    return item;
}

static struct bank_item foreign_withdrawal(int64_t amount) {
    struct bank_item item = cash_at_peer(&bank_op_withdraw, amount);
    item.request.cash.fees = (struct tw_fees){.surcharge = 200, .interchange = 50};
    return item;
}

static struct bank_item foreign_reversal(const struct bank_item *original, int64_t dispensed) {
    struct bank_item item = reversal_of(original, &bank_op_withdraw_reverse, dispensed);
    item.acquirer = PEER;
    return item;
}

START_TEST(withdrawal_owes_the_acquirer_amount_and_fees) {
    ITEM item = foreign_withdrawal(10000);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(balance(ALICE), -100000 + 10200);
    ck_assert_int_eq(interbank(PEER), -10250);
    ck_assert_int_eq(owed_by(PEER), -10250);
    ck_assert_int_eq(balance(bank_ledger_account(BANK_FEEEXP, 0)), 50);
    ck_assert_int_eq(clearing(), 0);
    ck_assert_int_eq(sum_of_all(), 0);
    ck_assert_int_eq(item.decision.window_no, WINDOW);
    json_t *answer = answer_of(&item);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "surcharge")), 200);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "interchange")), 50);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "window_no")), WINDOW);
    json_decref(answer);
}
END_TEST

START_TEST(fees_that_were_not_agreed_are_refused) {
    ITEM item = foreign_withdrawal(10000);
    item.request.cash.fees.interchange = 51;
    ck_assert_str_eq(decide(&item), "57");
    bank_book_peer(book, PEER)->status = 'S';
    ITEM suspended = foreign_withdrawal(10000);
    ck_assert_str_eq(decide(&suspended), "57");
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(surcharge_needs_funds_too) {
    bank_book_card(book, CARD)->daily_limit_minor = 1000000;
    ITEM item = foreign_withdrawal(99900);
    ck_assert_str_eq(decide(&item), "51");
    ITEM fits = foreign_withdrawal(99800);
    ck_assert_str_eq(decide(&fits), "00");
    ck_assert_int_eq(balance(ALICE), 0);
}
END_TEST

START_TEST(session_is_bound_to_the_terminals_bank) {
    ITEM item = foreign_withdrawal(10000);
    seal_session(item.request.cash.session);
    ck_assert_str_eq(decide(&item), "63");
}
END_TEST

START_TEST(full_reversal_mirrors_the_fees_and_tells_the_original) {
    ITEM item = foreign_withdrawal(10000);
    ck_assert_str_eq(decide(&item), "00");
    ITEM reversal = foreign_reversal(&item, 0);
    ck_assert_str_eq(decide(&reversal), "00");
    ck_assert_int_eq(balance(ALICE), -100000);
    ck_assert_int_eq(interbank(PEER), 0);
    ck_assert_int_eq(owed_by(PEER), 0);
    ck_assert_int_eq(balance(bank_ledger_account(BANK_FEEEXP, 0)), 0);
    ck_assert_int_eq(bank_book_card(book, CARD)->used_minor, 0);
    json_t *answer = answer_of(&reversal);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "original_rc")), "00");
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "original_amount")), 10250);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "original_window_no")), WINDOW);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "amount")), 10000);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "surcharge")), 200);
    json_decref(answer);
}
END_TEST

START_TEST(partial_reversal_keeps_the_fees) {
    ITEM item = foreign_withdrawal(10000);
    ck_assert_str_eq(decide(&item), "00");
    ITEM reversal = foreign_reversal(&item, 6000);
    ck_assert_str_eq(decide(&reversal), "00");
    ck_assert_int_eq(balance(ALICE), -100000 + 6200);
    ck_assert_int_eq(interbank(PEER), -6250);
    ck_assert_int_eq(bank_book_card(book, CARD)->used_minor, 6000);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(early_reversal_takes_the_originals_key) {
    ITEM item = foreign_withdrawal(10000);
    ITEM reversal = foreign_reversal(&item, 0);
    ck_assert_str_eq(decide(&reversal), "25");
    ck_assert_str_eq(decide(&item), "94");
    ck_assert_int_eq(item.origin, BANK_REFUSED);
    ck_assert_uint_eq(book->entry_count, 0);
    ck_assert_ptr_nonnull(bank_book_decision(book, &item.request.header.txid, BANK_REQUEST));
}
END_TEST

START_TEST(deposit_is_owed_by_the_acquirer_up_to_its_limit) {
    ITEM item = cash_at_peer(&bank_op_deposit, 30000);
    item.request.cash.notes[0] = (struct tw_notes){5000, 6};
    item.request.cash.note_count = 1;
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(balance(ALICE), -130000);
    ck_assert_int_eq(interbank(PEER), 30000);
    ITEM beyond = cash_at_peer(&bank_op_deposit, 975000);
    beyond.request.cash.notes[0] = (struct tw_notes){5000, 195};
    beyond.request.cash.note_count = 1;
    ck_assert_str_eq(decide(&beyond), "61");
    ck_assert_int_eq(owed_by(PEER), 30000);
    ITEM back = reversal_of(&item, &bank_op_deposit_reverse, 0);
    back.acquirer = PEER;
    ck_assert_str_eq(decide(&back), "00");
    ck_assert_int_eq(interbank(PEER), 0);
}
END_TEST

START_TEST(transfer_within_the_bank_pays_the_foreign_terminals_fee) {
    ITEM item = at_peer(&bank_op_transfer);
    item.request.transfer.from_account = (struct tw_iban){BANK_CODE, ALICE};
    item.request.transfer.to_account = (struct tw_iban){BANK_CODE, BOB};
    item.request.transfer.amount = 2500;
    item.request.transfer.currency = (struct tw_currency){"EUR"};
    item.request.transfer.fees = (struct tw_fees){.surcharge = 200, .interchange = 50};
    seal_at_peer(item.request.transfer.session);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(balance(ALICE), -100000 + 2700);
    ck_assert_int_eq(balance(BOB), -2500);
    ck_assert_int_eq(interbank(PEER), -250);
    const struct bank_decision *fee = bank_book_decision(book, &item.request.header.txid, BANK_FEE);
    ck_assert_ptr_nonnull(fee);
    ck_assert_int_eq(fee->window_no, WINDOW);
}
END_TEST

START_TEST(a_foreign_terminal_is_not_taken_for_ours) {
    ITEM item = at_peer(&bank_op_session_open);
    item.op->plan(&item, book);
    ck_assert_uint_eq(book->wants.terminals_locked.count, 0);
    ck_assert_uint_eq(book->wants.terminals.count, 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = withdrawal_owes_the_acquirer_amount_and_fees},
        {.test = fees_that_were_not_agreed_are_refused},
        {.test = surcharge_needs_funds_too},
        {.test = session_is_bound_to_the_terminals_bank},
        {.test = full_reversal_mirrors_the_fees_and_tells_the_original},
        {.test = partial_reversal_keeps_the_fees},
        {.test = early_reversal_takes_the_originals_key},
        {.test = deposit_is_owed_by_the_acquirer_up_to_its_limit},
        {.test = transfer_within_the_bank_pays_the_foreign_terminals_fee},
        {.test = a_foreign_terminal_is_not_taken_for_ours},
    };
    return test_main_with("issuer", tests, COUNT_OF(tests), fixture_setup, fixture_teardown);
}
