/* Deposits and their reversal. */
#include "fixture.h"

static struct bank_item deposit(int64_t denomination, int64_t count) {
    struct bank_item item = new_item(&bank_op_deposit);
    item.request.cash.account = (struct tw_iban){BANK_CODE, ALICE};
    item.request.cash.amount = denomination * count;
    item.request.cash.currency = (struct tw_currency){"EUR"};
    item.request.cash.note_count = 1;
    item.request.cash.notes[0] = (struct tw_notes){denomination, count};
    seal_session(item.request.cash.session);
    return item;
}

START_TEST(deposit_credits_what_the_notes_add_up_to) {
    struct bank_item item = deposit(2000, 3);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(balance(ALICE), -106000);
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 506000);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(deposit_refuses_notes_that_do_not_add_up) {
    struct bank_item item = deposit(2000, 3);
    item.request.cash.amount = 6001;
    ck_assert_str_eq(decide(&item), "13");
    struct bank_item overflow = deposit(2000, 3);
    overflow.request.cash.notes[0].count = INT64_MAX;
    ck_assert_str_eq(decide(&overflow), "13");
}
END_TEST

START_TEST(deposit_refuses_what_no_balance_could_carry) {
    for (int i = 0; i < 2; i++) {
        struct bank_item item = deposit(1, TW_AMOUNT_MAX_MINOR);
        ck_assert_str_eq(decide(&item), "13");
    }
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(deposit_goes_to_a_blocked_account_but_not_to_a_closed_one) {
    bank_book_account(book, ALICE)->status = 'B';
    struct bank_item blocked = deposit(2000, 1);
    ck_assert_str_eq(decide(&blocked), "00");
    bank_book_account(book, ALICE)->status = 'C';
    struct bank_item closed = deposit(2000, 1);
    ck_assert_str_eq(decide(&closed), "76");
}
END_TEST

START_TEST(deposit_reversal_takes_the_money_back_even_when_it_was_spent) {
    struct bank_item item = deposit(2000, 3);
    ck_assert_str_eq(decide(&item), "00");
    bank_book_account(book, ALICE)->balance_minor = 0;
    struct bank_item reversal = reversal_of(&item, &bank_op_deposit_reverse, 0);
    ck_assert_str_eq(decide(&reversal), "00");
    ck_assert_int_eq(balance(ALICE), 6000);
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 500000);
}
END_TEST

START_TEST(deposit_reversal_waits_for_a_closed_account) {
    struct bank_item item = deposit(2000, 3);
    ck_assert_str_eq(decide(&item), "00");
    bank_book_account(book, ALICE)->status = 'C';
    struct bank_item reversal = reversal_of(&item, &bank_op_deposit_reverse, 0);
    ck_assert_str_eq(decide(&reversal), "96");
    ck_assert_int_eq(reversal.origin, BANK_REFUSED);
    ck_assert_int_eq(balance(ALICE), -106000);
}
END_TEST

START_TEST(deposit_reversal_is_never_partial) {
    struct bank_item item = deposit(2000, 3);
    ck_assert_str_eq(decide(&item), "00");
    struct bank_item reversal = reversal_of(&item, &bank_op_deposit_reverse, 2000);
    ck_assert_str_eq(decide(&reversal), "94");
    ck_assert_int_eq(balance(ALICE), -106000);
}
END_TEST

START_TEST(deposit_after_its_reversal_is_refused) {
    struct bank_item late = deposit(2000, 3);
    struct bank_item early = reversal_of(&late, &bank_op_deposit_reverse, 0);
    ck_assert_str_eq(decide(&early), "25");
    ck_assert_str_eq(decide(&late), "94");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = deposit_credits_what_the_notes_add_up_to},
        {.test = deposit_refuses_notes_that_do_not_add_up},
        {.test = deposit_refuses_what_no_balance_could_carry},
        {.test = deposit_goes_to_a_blocked_account_but_not_to_a_closed_one},
        {.test = deposit_reversal_takes_the_money_back_even_when_it_was_spent},
        {.test = deposit_reversal_waits_for_a_closed_account},
        {.test = deposit_reversal_is_never_partial},
        {.test = deposit_after_its_reversal_is_refused},
    };
    return test_main_with("deposit", tests, COUNT_OF(tests), fixture_setup, fixture_teardown);
}
