/* Cash between the vault and the reserve at the settlement agent. */
#include "clearing_fixture.h"

static struct bank_item moving(const struct bank_op *op, int64_t amount) {
    struct bank_item item = {.op = op, .acquirer = BANK_CODE};
    item.request.counter.header.txid = (struct tw_uuid){{0x03, ++next_txid}};
    item.request.counter.amount = amount;
    return item;
}

static void setup(void) {
    clearing_setup();
    bank_book_account(book, bank_ledger_account(BANK_VAULT, 0))->balance_minor = 10000;
}

static int64_t settle(void) {
    return balance(bank_ledger_account(BANK_SETTLE, 0));
}

static int64_t vault(void) {
    return balance(bank_ledger_account(BANK_VAULT, 0));
}

START_TEST(pay_in_takes_it_from_the_vault) {
    ITEM item = moving(&bank_op_reserve_pay_in, 6000);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(settle(), 6000);
    ck_assert_int_eq(vault(), 4000);
    ITEM again = repeat_of(&item);
    ck_assert_str_eq(decide(&again), "00");
    ck_assert_int_eq(settle(), 6000);
}
END_TEST

START_TEST(pay_out_brings_it_back) {
    ITEM in = moving(&bank_op_reserve_pay_in, 6000);
    ck_assert_str_eq(decide(&in), "00");
    ITEM out = moving(&bank_op_reserve_pay_out, 6000);
    ck_assert_str_eq(decide(&out), "00");
    ck_assert_int_eq(settle(), 0);
    ck_assert_int_eq(vault(), 10000);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(more_than_there_is_is_declined) {
    ITEM in = moving(&bank_op_reserve_pay_in, 10001);
    ck_assert_str_eq(decide(&in), "51");
    ITEM out = moving(&bank_op_reserve_pay_out, 1);
    ck_assert_str_eq(decide(&out), "51");
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(nothing_and_less_is_no_amount) {
    ITEM zero = moving(&bank_op_reserve_pay_in, 0);
    ck_assert_str_eq(decide(&zero), "13");
    ITEM negative = moving(&bank_op_reserve_pay_out, -5);
    ck_assert_str_eq(decide(&negative), "13");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = pay_in_takes_it_from_the_vault},
        {.test = pay_out_brings_it_back},
        {.test = more_than_there_is_is_declined},
        {.test = nothing_and_less_is_no_amount},
    };
    return test_main_with("reserve", tests, COUNT_OF(tests), setup, fixture_teardown);
}
