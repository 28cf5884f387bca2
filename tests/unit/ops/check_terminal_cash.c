/* The supervisor's operations and money at the counter. */
#include "fixture.h"

static struct bank_item cash(const struct bank_op *op, int64_t amount) {
    struct bank_item item = new_item(op);
    item.request.terminal_cash.amount = amount;
    item.request.terminal_cash.currency = (struct tw_currency){"EUR"};
    item.request.terminal_cash.note_count = 1;
    item.request.terminal_cash.notes[0] = (struct tw_notes){100, amount / 100};
    book->totals[0] = (struct bank_totals){.terminal_id = TERMINAL, .withdrawal_count = 3};
    book->totals_count = 1;
    return item;
}

static int64_t ledger(enum bank_account_kind kind) {
    return balance(bank_ledger_account(kind, 0));
}

START_TEST(replenish_and_remove_move_cash_between_vault_and_terminal) {
    struct bank_item in = cash(&bank_op_replenish, 100000);
    ck_assert_str_eq(decide(&in), "00");
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 600000);
    ck_assert_int_eq(ledger(BANK_VAULT), -500000);
    struct bank_item out = cash(&bank_op_remove, 600000);
    ck_assert_str_eq(decide(&out), "00");
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 0);
    bank_item_clear(&in);
    bank_item_clear(&out);
}
END_TEST

START_TEST(balancing_books_what_is_short_or_over) {
    struct bank_item shortage = cash(&bank_op_balancing, 497000);
    ck_assert_str_eq(decide(&shortage), "00");
    ck_assert_int_eq(ledger(BANK_SHORT), 3000);
    struct bank_item over = cash(&bank_op_balancing, 498000);
    ck_assert_str_eq(decide(&over), "00");
    ck_assert_int_eq(ledger(BANK_OVER), -1000);
    struct bank_item right = cash(&bank_op_balancing, 498000);
    ck_assert_str_eq(decide(&right), "00");
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 498000);
    ck_assert_int_eq(sum_of_all(), 0);
    bank_item_clear(&shortage);
    bank_item_clear(&over);
    bank_item_clear(&right);
}
END_TEST

START_TEST(counted_notes_must_add_up) {
    struct bank_item item = cash(&bank_op_balancing, 497000);
    item.request.terminal_cash.notes[0].count++;
    ck_assert_str_eq(decide(&item), "13");
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(a_repeat_of_replenish_answers_the_stored_totals) {
    struct bank_item item = cash(&bank_op_replenish, 100000);
    ck_assert_str_eq(decide(&item), "00");
    struct bank_item repeat = repeat_of(&item);
    ck_assert_str_eq(decide(&repeat), "00");
    ck_assert_int_eq(repeat.origin, BANK_STORED);
    json_t *first = answer_of(&item);
    json_t *second = answer_of(&repeat);
    ck_assert(json_equal(first, second));
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 600000);
    json_decref(first);
    json_decref(second);
    bank_item_clear(&item);
    bank_item_clear(&repeat);
}
END_TEST

START_TEST(cut_over_ends_the_period_at_the_last_entries) {
    bank_book_account(book, bank_atm_account(TERMINAL))->entry_no = 41;
    bank_book_account(book, bank_dispclr_account(TERMINAL))->entry_no = 42;
    struct bank_item item = cash(&bank_op_cut_over, 0);
    ck_assert_str_eq(decide(&item), "00");
    const struct bank_terminal *terminal = bank_book_terminal(book, TERMINAL);
    ck_assert_int_eq(terminal->period_no, 1);
    ck_assert_int_eq(terminal->period_atm_no, 41);
    ck_assert_int_eq(terminal->period_clr_no, 42);
    bank_item_clear(&item);
}
END_TEST

static struct bank_item counter(const struct bank_op *op, int64_t account, int64_t amount) {
    struct bank_item item = new_item(op);
    item.request.counter = (struct bank_counter_request){
        .header = {.txid = item.request.header.txid}, .account_id = account, .amount = amount};
    return item;
}

START_TEST(money_at_the_counter_moves_between_vault_and_customer) {
    struct bank_item in = counter(&bank_op_counter_deposit, BOB, 5000);
    ck_assert_str_eq(decide(&in), "00");
    ck_assert_int_eq(balance(BOB), -5000);
    struct bank_item out = counter(&bank_op_counter_withdrawal, BOB, 5001);
    ck_assert_str_eq(decide(&out), "51");
    struct bank_item ledger_account =
        counter(&bank_op_counter_deposit, bank_atm_account(TERMINAL), 5000);
    ck_assert_str_eq(decide(&ledger_account), "78");
    struct bank_item negative = counter(&bank_op_counter_deposit, BOB, -1);
    ck_assert_str_eq(decide(&negative), "13");
    ck_assert_int_eq(balance(BOB), -5000);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = replenish_and_remove_move_cash_between_vault_and_terminal},
        {.test = balancing_books_what_is_short_or_over},
        {.test = counted_notes_must_add_up},
        {.test = a_repeat_of_replenish_answers_the_stored_totals},
        {.test = cut_over_ends_the_period_at_the_last_entries},
        {.test = money_at_the_counter_moves_between_vault_and_customer},
    };
    return test_main_with("terminal cash", tests, COUNT_OF(tests), fixture_setup, fixture_teardown);
}
