/* Reversals and confirmations: what an advice does to its original, in any order and number. */
#include "fixture.h"

static struct bank_item confirmation_of(const struct bank_item *original, bool suspect) {
    struct bank_item item = new_item(&bank_op_withdraw_confirm);
    item.request.header.txid = original->request.header.txid;
    item.request.confirm.amount = original->request.cash.amount;
    item.request.confirm.currency = (struct tw_currency){"EUR"};
    item.request.confirm.suspect = suspect;
    return item;
}

static struct bank_item approved_withdrawal(int64_t amount) {
    struct bank_item item = withdrawal(amount);
    ck_assert_str_eq(decide(&item), "00");
    return item;
}

START_TEST(full_reversal_makes_the_customer_whole_and_gives_limits_back) {
    ITEM original = approved_withdrawal(6000);
    ITEM item = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(balance(ALICE), -100000);
    ck_assert_int_eq(clearing(), 0);
    ck_assert_int_eq(bank_book_card(book, CARD)->used_minor, 0);
    ck_assert_int_eq(bank_book_card(book, CARD)->used_count, 0);
    ck_assert_int_eq(bank_book_account(book, ALICE)->daily_used_minor, 0);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(partial_reversal_books_what_left_and_returns_the_rest) {
    ITEM original = approved_withdrawal(10000);
    ITEM item = reversal_of(&original, &bank_op_withdraw_reverse, 6000);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(balance(ALICE), -94000);
    ck_assert_int_eq(clearing(), 0);
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 494000);
    ck_assert_int_eq(bank_book_card(book, CARD)->used_minor, 6000);
    ck_assert_int_eq(bank_book_card(book, CARD)->used_count, 1);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(five_reversals_reverse_once) {
    ITEM original = approved_withdrawal(6000);
    ITEM first = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    ck_assert_str_eq(decide(&first), "00");
    for (int i = 0; i < 4; i++) {
        ITEM again = repeat_of(&first);
        ck_assert_str_eq(decide(&again), "00");
        ck_assert_int_eq(again.origin, BANK_STORED);
    }
    ck_assert_int_eq(balance(ALICE), -100000);
}
END_TEST

START_TEST(reversal_before_its_original_leaves_a_tombstone) {
    ITEM late = withdrawal(6000);
    ITEM early = reversal_of(&late, &bank_op_withdraw_reverse, 0);
    ck_assert_str_eq(decide(&early), "25");
    ck_assert_int_eq(early.origin, BANK_FRESH);
    ck_assert_str_eq(decide(&late), "94");
    ck_assert_int_eq(balance(ALICE), -100000);
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(reversal_of_a_declined_withdrawal_posts_nothing) {
    ITEM original = withdrawal(10000000);
    ck_assert_str_eq(decide(&original), "61");
    ITEM item = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(reversal_with_other_amount_or_of_another_terminal_is_refused) {
    ITEM original = approved_withdrawal(6000);
    ITEM amount = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    amount.request.reverse.amount = 7000;
    ck_assert_str_eq(decide(&amount), "94");
    ITEM kind = reversal_of(&original, &bank_op_deposit_reverse, 0);
    ck_assert_str_eq(decide(&kind), "94");
    ITEM more = reversal_of(&original, &bank_op_withdraw_reverse, 6001);
    ck_assert_str_eq(decide(&more), "94");
    (void)bank_book_add_terminal(book, TERMINAL + 1);
    ITEM elsewhere = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    elsewhere.request.header.terminal_id = TERMINAL + 1;
    ck_assert_str_eq(decide(&elsewhere), "94");
    ck_assert_int_eq(balance(ALICE), -94000);
}
END_TEST

START_TEST(reversal_runs_again_when_the_originals_rows_are_not_locked) {
    ITEM original = approved_withdrawal(6000);
    bank_book_card(book, CARD)->locked = false;
    ITEM item = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    (void)decide(&item);
    ck_assert(book->retry);
    ck_assert_int_eq(balance(ALICE), -94000);
}
END_TEST

START_TEST(reversal_of_yesterday_leaves_todays_limits_alone) {
    ITEM original = approved_withdrawal(6000);
    struct bank_card *card = bank_book_card(book, CARD);
    card->usage_date = today + 1;
    card->used_minor = 100;
    card->used_count = 1;
    ITEM item = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(card->used_minor, 100);
    ck_assert_int_eq(card->used_count, 1);
}
END_TEST

START_TEST(advices_work_signed_off_and_on_any_business_date) {
    ITEM original = approved_withdrawal(6000);
    bank_book_terminal(book, TERMINAL)->signed_on = false;
    ITEM item = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    item.request.header.business_date = today - 1;
    ck_assert_str_eq(decide(&item), "00");
}
END_TEST

START_TEST(confirmation_moves_the_cash_out_of_the_terminal) {
    ITEM original = approved_withdrawal(6000);
    ITEM item = confirmation_of(&original, false);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(clearing(), 0);
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 494000);
    ck_assert_int_eq(balance(ALICE), -94000);
}
END_TEST

START_TEST(suspect_confirmation_keeps_clearing_open_until_resolved) {
    ITEM original = approved_withdrawal(6000);
    ITEM suspect = confirmation_of(&original, true);
    ck_assert_str_eq(decide(&suspect), "00");
    ck_assert_int_eq(clearing(), -6000);
    ITEM resolved = confirmation_of(&original, false);
    ck_assert_str_eq(decide(&resolved), "00");
    ck_assert_int_eq(clearing(), 0);
}
END_TEST

START_TEST(confirmation_after_reversal_is_acknowledged_and_disputed) {
    ITEM original = approved_withdrawal(6000);
    ITEM reversal = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    ck_assert_str_eq(decide(&reversal), "00");
    ITEM item = confirmation_of(&original, false);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_ptr_nonnull(strstr(item.decision.detail, "disputed"));
    ck_assert_int_eq(clearing(), 0);
    ck_assert_int_eq(balance(ALICE), -100000);
}
END_TEST

START_TEST(reversal_after_confirmation_returns_nothing) {
    ITEM original = approved_withdrawal(6000);
    ITEM item = confirmation_of(&original, false);
    ck_assert_str_eq(decide(&item), "00");
    ITEM reversal = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    ck_assert_str_eq(decide(&reversal), "00");
    ck_assert_int_eq(reversal.decision.kept_minor, 6000);
    ck_assert_int_eq(balance(ALICE), -94000);
}
END_TEST

START_TEST(confirmation_without_original_is_not_found) {
    ITEM never = withdrawal(6000);
    ITEM item = confirmation_of(&never, false);
    ck_assert_str_eq(decide(&item), "25");
    ck_assert_str_eq(decide(&never), "94");
}
END_TEST

START_TEST(suspicion_without_original_leaves_a_tombstone_too) {
    ITEM never = withdrawal(6000);
    ITEM item = confirmation_of(&never, true);
    ck_assert_str_eq(decide(&item), "25");
    ck_assert_str_eq(decide(&never), "94");
    ck_assert_int_eq(balance(ALICE), -100000);
}
END_TEST

START_TEST(reversal_to_a_closed_account_waits_until_it_is_open) {
    ITEM original = approved_withdrawal(6000);
    bank_book_account(book, ALICE)->status = 'C';
    ITEM item = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    ck_assert_str_eq(decide(&item), "96");
    ck_assert_int_eq(item.origin, BANK_REFUSED);
    ck_assert_int_eq(balance(ALICE), -94000);
    ck_assert_int_eq(clearing(), -6000);
    ck_assert_int_eq(bank_book_card(book, CARD)->used_minor, 6000);
    bank_book_account(book, ALICE)->status = 'B';
    ITEM again = repeat_of(&item);
    ck_assert_str_eq(decide(&again), "00");
    ck_assert_int_eq(balance(ALICE), -100000);
}
END_TEST

START_TEST(reversal_that_returns_nothing_needs_no_open_account) {
    ITEM original = approved_withdrawal(6000);
    bank_book_account(book, ALICE)->status = 'C';
    ITEM item = reversal_of(&original, &bank_op_withdraw_reverse, 6000);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(clearing(), 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = full_reversal_makes_the_customer_whole_and_gives_limits_back},
        {.test = partial_reversal_books_what_left_and_returns_the_rest},
        {.test = five_reversals_reverse_once},
        {.test = reversal_before_its_original_leaves_a_tombstone},
        {.test = reversal_of_a_declined_withdrawal_posts_nothing},
        {.test = reversal_with_other_amount_or_of_another_terminal_is_refused},
        {.test = reversal_runs_again_when_the_originals_rows_are_not_locked},
        {.test = reversal_of_yesterday_leaves_todays_limits_alone},
        {.test = reversal_to_a_closed_account_waits_until_it_is_open},
        {.test = reversal_that_returns_nothing_needs_no_open_account},
        {.test = advices_work_signed_off_and_on_any_business_date},
        {.test = confirmation_moves_the_cash_out_of_the_terminal},
        {.test = suspect_confirmation_keeps_clearing_open_until_resolved},
        {.test = confirmation_after_reversal_is_acknowledged_and_disputed},
        {.test = reversal_after_confirmation_returns_nothing},
        {.test = confirmation_without_original_is_not_found},
        {.test = suspicion_without_original_leaves_a_tombstone_too},
    };
    return test_main_with("reverse", tests, COUNT_OF(tests), fixture_setup, fixture_teardown);
}
