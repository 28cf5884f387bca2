/* Suspected dispenses ended by an operator: taken or inside, once, and nothing else. */
#include "fixture.h"

#include "ops/reverse.h"

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

static struct bank_item suspected_withdrawal(int64_t amount) {
    struct bank_item original = approved_withdrawal(amount);
    ITEM suspicion = confirmation_of(&original, true);
    ck_assert_str_eq(decide(&suspicion), "00");
    return original;
}

/* As bankctl asks: no STAN, no business date. */
static struct bank_item resolution_of(const struct bank_item *original, const struct bank_op *op) {
    struct bank_item item = {.op = op, .acquirer = BANK_CODE};
    item.request.counter.header.txid = original->request.header.txid;
    item.request.counter.header.terminal_id = TERMINAL;
    return item;
}

static int64_t shortage(void) {
    return balance(bank_ledger_account(BANK_SHORT, 0));
}

START_TEST(taken_makes_good_for_what_balancing_found_short) {
    ITEM original = suspected_withdrawal(6000);
    bank_book_account(book, bank_ledger_account(BANK_SHORT, 0))->balance_minor = 6000;
    ITEM item = resolution_of(&original, &bank_op_resolve_taken);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(item.origin, BANK_FRESH);
    ck_assert_int_eq(clearing(), 0);
    ck_assert_int_eq(shortage(), 0);
    ck_assert_int_eq(balance(ALICE), -94000);
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 500000);
    ck_assert_int_eq(bank_book_card(book, CARD)->used_minor, 6000);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(inside_makes_the_customer_whole_and_gives_limits_back) {
    ITEM original = suspected_withdrawal(6000);
    ITEM item = resolution_of(&original, &bank_op_resolve_inside);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(clearing(), 0);
    ck_assert_int_eq(shortage(), 0);
    ck_assert_int_eq(balance(ALICE), -100000);
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 500000);
    ck_assert_int_eq(bank_book_card(book, CARD)->used_minor, 0);
    ck_assert_int_eq(bank_book_card(book, CARD)->used_count, 0);
    ck_assert_int_eq(bank_book_account(book, ALICE)->daily_used_minor, 0);
    ck_assert_int_eq(item.decision.ledger_minor, 100000);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(inside_on_a_later_day_leaves_that_days_limits_alone) {
    ITEM original = suspected_withdrawal(6000);
    struct bank_card *card = bank_book_card(book, CARD);
    card->usage_date = today + 1;
    card->used_minor = 100;
    card->used_count = 1;
    book->business_date = today + 1;
    ITEM item = resolution_of(&original, &bank_op_resolve_inside);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(item.decision.business_date, today + 1);
    ck_assert_int_eq(card->used_minor, 100);
    ck_assert_int_eq(card->used_count, 1);
}
END_TEST

static const struct {
    const struct bank_op *op, *other;
    enum bank_phase phase;
} resolutions[] = {
    {&bank_op_resolve_taken, &bank_op_resolve_inside, BANK_CONFIRMATION},
    {&bank_op_resolve_inside, &bank_op_resolve_taken, BANK_REVERSAL},
};

START_TEST(resolution_has_the_originals_terminal_and_account) {
    ITEM original = suspected_withdrawal(6000);
    ITEM item = resolution_of(&original, resolutions[_i].op);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(item.decision.phase, resolutions[_i].phase);
    ck_assert_int_eq(item.decision.operation, BANK_WITHDRAWAL);
    ck_assert_int_eq(item.decision.terminal_id, TERMINAL);
    ck_assert_int_eq(item.decision.account_id, ALICE);
    ck_assert_int_eq(item.decision.card_id, CARD);
    ck_assert_int_eq(item.decision.amount_minor, 6000);
    ck_assert_int_eq(item.decision.kept_minor, 0);
}
END_TEST

START_TEST(same_resolution_again_is_the_stored_answer_and_the_other_is_refused) {
    ITEM original = suspected_withdrawal(6000);
    ITEM first = resolution_of(&original, resolutions[_i].op);
    ck_assert_str_eq(decide(&first), "00");
    size_t entries = book->entry_count;
    book->business_date = today + 1;
    ITEM again = resolution_of(&original, resolutions[_i].op);
    ck_assert_str_eq(decide(&again), "00");
    ck_assert_int_eq(again.origin, BANK_STORED);
    ck_assert_int_eq(again.decision.business_date, today);
    ITEM other = resolution_of(&original, resolutions[_i].other);
    ck_assert_str_eq(decide(&other), "94");
    ck_assert_int_eq(other.origin, BANK_REFUSED);
    ck_assert_uint_eq(book->entry_count, entries);
}
END_TEST

START_TEST(withdrawal_without_suspicion_is_the_terminals) {
    ITEM original = approved_withdrawal(6000);
    ITEM item = resolution_of(&original, resolutions[_i].op);
    ck_assert_str_eq(decide(&item), "12");
    ck_assert_int_eq(item.origin, BANK_REFUSED);
    ck_assert_int_eq(clearing(), -6000);
    ITEM advice = confirmation_of(&original, false);
    ck_assert_str_eq(decide(&advice), "00");
    ck_assert_int_eq(advice.origin, BANK_FRESH);
    ck_assert_int_eq(clearing(), 0);
}
END_TEST

START_TEST(what_the_terminal_ended_is_not_resolved) {
    ITEM confirmed = suspected_withdrawal(6000);
    ITEM confirmation = confirmation_of(&confirmed, false);
    ck_assert_str_eq(decide(&confirmation), "00");
    ITEM reversed = suspected_withdrawal(2000);
    ITEM reversal = reversal_of(&reversed, &bank_op_withdraw_reverse, 0);
    ck_assert_str_eq(decide(&reversal), "00");
    size_t entries = book->entry_count;
    ITEM one = resolution_of(&confirmed, resolutions[_i].op);
    ck_assert_str_eq(decide(&one), "94");
    ITEM two = resolution_of(&reversed, resolutions[_i].op);
    ck_assert_str_eq(decide(&two), "94");
    ck_assert_uint_eq(book->entry_count, entries);
}
END_TEST

START_TEST(unknown_declined_and_other_terminals_withdrawals_are_not_found) {
    ITEM never = withdrawal(6000);
    ITEM suspicion = confirmation_of(&never, true);
    ck_assert_str_eq(decide(&suspicion), "25");
    ITEM unknown = resolution_of(&never, resolutions[_i].op);
    ck_assert_str_eq(decide(&unknown), "25");
    ITEM poor = withdrawal(10000000);
    ck_assert_str_eq(decide(&poor), "61");
    ITEM declined = resolution_of(&poor, resolutions[_i].op);
    ck_assert_str_eq(decide(&declined), "25");
    ITEM original = suspected_withdrawal(6000);
    ITEM elsewhere = resolution_of(&original, resolutions[_i].op);
    elsewhere.request.header.terminal_id = TERMINAL + 1;
    ck_assert_str_eq(decide(&elsewhere), "25");
    ck_assert_int_eq(elsewhere.origin, BANK_REFUSED);
    ck_assert_int_eq(clearing(), -6000);
}
END_TEST

START_TEST(late_advice_of_the_terminal_does_not_move_money_again) {
    ITEM original = suspected_withdrawal(6000);
    ITEM item = resolution_of(&original, &bank_op_resolve_inside);
    ck_assert_str_eq(decide(&item), "00");
    ITEM late = confirmation_of(&original, false);
    ck_assert_str_eq(decide(&late), "00");
    ck_assert_ptr_nonnull(strstr(late.decision.detail, "disputed"));
    ITEM reversal = reversal_of(&original, &bank_op_withdraw_reverse, 0);
    ck_assert_str_eq(decide(&reversal), "94");
    ck_assert_int_eq(clearing(), 0);
    ck_assert_int_eq(balance(ALICE), -100000);
}
END_TEST

START_TEST(inside_needs_an_account_that_takes_the_money) {
    ITEM original = suspected_withdrawal(6000);
    bank_book_account(book, ALICE)->status = 'C';
    ITEM item = resolution_of(&original, &bank_op_resolve_inside);
    ck_assert_str_eq(decide(&item), "78");
    ck_assert_int_eq(item.origin, BANK_REFUSED);
    ck_assert_int_eq(clearing(), -6000);
    bank_book_account(book, ALICE)->status = 'B';
    ITEM blocked = resolution_of(&original, &bank_op_resolve_inside);
    ck_assert_str_eq(decide(&blocked), "00");
}
END_TEST

START_TEST(inside_runs_again_when_the_originals_rows_are_not_locked) {
    ITEM original = suspected_withdrawal(6000);
    bank_book_account(book, ALICE)->locked = false;
    ITEM item = resolution_of(&original, &bank_op_resolve_inside);
    (void)decide(&item);
    ck_assert(book->retry);
    ck_assert_int_eq(clearing(), -6000);
}
END_TEST

int main(void) {
    const size_t both = COUNT_OF(resolutions);
    const struct test_entry tests[] = {
        {.test = taken_makes_good_for_what_balancing_found_short},
        {.test = inside_makes_the_customer_whole_and_gives_limits_back},
        {.test = inside_on_a_later_day_leaves_that_days_limits_alone},
        {.test = resolution_has_the_originals_terminal_and_account, .rows = both},
        {.test = same_resolution_again_is_the_stored_answer_and_the_other_is_refused, .rows = both},
        {.test = withdrawal_without_suspicion_is_the_terminals, .rows = both},
        {.test = what_the_terminal_ended_is_not_resolved, .rows = both},
        {.test = unknown_declined_and_other_terminals_withdrawals_are_not_found, .rows = both},
        {.test = late_advice_of_the_terminal_does_not_move_money_again},
        {.test = inside_needs_an_account_that_takes_the_money},
        {.test = inside_runs_again_when_the_originals_rows_are_not_locked},
    };
    return test_main_with("resolve", tests, COUNT_OF(tests), fixture_setup, fixture_teardown);
}
