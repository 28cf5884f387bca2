/* SettleCtl leaves for Settle when it holds what is final, and not before. */
#include "clearing_fixture.h"

static struct bank_item settling(int64_t net) {
    struct bank_item item = {.op = &bank_op_settlement, .acquirer = BANK_CODE};
    item.request.settle = (struct bank_settle_request){
        .header.txid = bank_settlement_txid(BANK_CODE, CLOSED), .window_no = CLOSED, .net = net};
    return item;
}

static int64_t settle(void) {
    return balance(bank_ledger_account(BANK_SETTLE, 0));
}

static void hold(int64_t amount) {
    bank_book_account(book, bank_settlectl_account(CLOSED))->balance_minor = amount;
}

START_TEST(what_was_owed_to_the_bank_is_in_its_reserve) {
    hold(3400);
    ITEM item = settling(3400);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(settle(), 3400);
    ck_assert_int_eq(control(), 0);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(what_the_bank_owed_left_its_reserve) {
    hold(-700);
    ITEM item = settling(-700);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(settle(), -700);
    ck_assert_int_eq(control(), 0);
    ck_assert_int_eq(item.decision.amount_minor, 700);
    ck_assert_int_eq(item.decision.window_no, CLOSED);
}
END_TEST

START_TEST(nothing_is_settled_with_nothing) {
    ITEM item = settling(0);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(settled_once) {
    hold(3400);
    ITEM item = settling(3400);
    ck_assert_str_eq(decide(&item), "00");
    ITEM again = settling(3400);
    ck_assert_str_eq(decide(&again), "00");
    ck_assert_int_eq(again.origin, BANK_STORED);
    ck_assert_int_eq(settle(), 3400);
}
END_TEST

START_TEST(another_net_than_the_pairs_is_refused_and_may_come_again) {
    hold(3000);
    ITEM item = settling(3400);
    ck_assert_str_eq(decide(&item), "95");
    ck_assert_int_eq(item.origin, BANK_REFUSED);
    ck_assert_uint_eq(book->entry_count + book->decision_count, 0);
    hold(3400); /* the last pair was closed */
    ITEM again = settling(3400);
    ck_assert_str_eq(decide(&again), "00");
    ck_assert_int_eq(settle(), 3400);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = what_was_owed_to_the_bank_is_in_its_reserve},
        {.test = what_the_bank_owed_left_its_reserve},
        {.test = nothing_is_settled_with_nothing},
        {.test = settled_once},
        {.test = another_net_than_the_pairs_is_refused_and_may_come_again},
    };
    return test_main_with("settlement", tests, COUNT_OF(tests), clearing_setup, fixture_teardown);
}
