/* What was agreed leaves the peer's accounts for SettleCtl: once, and only what is final. */
#include "clearing_fixture.h"

static struct bank_item closing(int64_t net) {
    struct bank_item item = {.op = &bank_op_window_close, .acquirer = BANK_CODE};
    item.request.settle =
        (struct bank_settle_request){.header.txid = bank_window_close_txid(BANK_CODE, CLOSED, PEER),
                                     .window_no = CLOSED,
                                     .peer = PEER,
                                     .net = net};
    return item;
}

START_TEST(each_stripe_gives_what_was_agreed_there) {
    put_stripe(0, 5000, 5000);
    put_stripe(3, -2000, -2000);
    put_stripe(7, 900, 400); /* 5.00 are in a break */
    ITEM item = closing(3400);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(stripe_balance(0), 0);
    ck_assert_int_eq(stripe_balance(3), 0);
    ck_assert_int_eq(stripe_balance(7), 500);
    ck_assert_int_eq(control(), 3400);
    ck_assert_int_eq(owed_by(PEER), 500);
    ck_assert_int_eq(sum_of_all(), 0);
    ck_assert_int_eq(item.decision.amount_minor, 3400);
    ck_assert_int_eq(item.decision.window_no, CLOSED);
}
END_TEST

START_TEST(what_this_bank_owes_goes_the_other_way) {
    put_stripe(1, -700, -700);
    ITEM item = closing(-700);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(stripe_balance(1), 0);
    ck_assert_int_eq(control(), -700);
    ck_assert_int_eq(owed_by(PEER), 0);
}
END_TEST

START_TEST(stripes_that_cancel_out_are_emptied_all_the_same) {
    put_stripe(1, 700, 700);
    put_stripe(2, -700, -700);
    ITEM item = closing(0);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(stripe_balance(1), 0);
    ck_assert_int_eq(stripe_balance(2), 0);
    ck_assert_int_eq(control(), 0);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(pair_without_items_is_closed_with_nothing) {
    ITEM item = closing(0);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(second_time_is_answered_from_what_was_stored) {
    put_stripe(0, 5000, 5000);
    ITEM item = closing(5000);
    ck_assert_str_eq(decide(&item), "00");
    ITEM again = closing(5000);
    ck_assert_str_eq(decide(&again), "00");
    ck_assert_int_eq(again.origin, BANK_STORED);
    ck_assert_int_eq(control(), 5000);
    ITEM other = closing(4000);
    ck_assert_str_eq(decide(&other), "94");
    ck_assert_int_eq(control(), 5000);
}
END_TEST

START_TEST(net_that_was_not_agreed_is_refused_and_may_come_again) {
    put_stripe(0, 5000, 4000);
    ITEM item = closing(5000);
    ck_assert_str_eq(decide(&item), "95");
    ck_assert_int_eq(item.origin, BANK_REFUSED);
    ck_assert_uint_eq(book->entry_count + book->decision_count, 0);
    ITEM again = closing(4000);
    ck_assert_str_eq(decide(&again), "00");
    ck_assert_int_eq(control(), 4000);
}
END_TEST

static struct bank_item closing_part(int64_t part) {
    struct bank_item item = closing(part);
    item.request.settle.part = true;
    return item;
}

/* What was booked of each direction, in all. */
static void put_directions(int64_t debit, int64_t credit) {
    put_stripe(2, debit, debit);
    put_stripe(5, -credit, -credit);
    bank_book_position(book, bank_interbank_account(PEER, CLOSED, 2))->debit_minor = debit;
    bank_book_position(book, bank_interbank_account(PEER, CLOSED, 5))->credit_minor = credit;
}

START_TEST(of_an_excluded_pair_only_what_was_paid_leaves) {
    put_directions(900, 200);
    ITEM item = closing_part(400);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(stripe_balance(2) + stripe_balance(5), 300);
    ck_assert_int_eq(control(), 400);
    ck_assert_int_eq(owed_by(PEER), 300);
    ck_assert_int_eq(sum_of_all(), 0);
    ck_assert_int_eq(item.decision.amount_minor, 400);
    ck_assert_str_eq(item.decision.detail, "{\"part\":400}");
}
END_TEST

START_TEST(one_direction_paid_is_more_than_the_net_or_goes_the_other_way) {
    static const int64_t paid[] = {900, -200};
    put_directions(900, 200);
    for (size_t i = 0; i < COUNT_OF(paid); i++) {
        int64_t owed = owed_by(PEER);
        int64_t before = control();
        ITEM item = closing_part(paid[i]);
        item.request.settle.header.txid.bytes[0] ^= (uint8_t)i; /* another pair's, as it were */
        ck_assert_str_eq(decide(&item), "00");
        ck_assert_int_eq(owed_by(PEER), owed - paid[i]);
        ck_assert_int_eq(control(), before + paid[i]);
        ck_assert_int_eq(item.decision.amount_minor, i == 0 ? 900 : 200);
        ck_assert_int_eq(sum_of_all(), 0);
    }
}
END_TEST

START_TEST(what_the_peer_owes_more_for_that_asks_no_limit) {
    put_directions(900, 200);
    bank_book_peer(book, PEER)->limit_minor = 0;
    for (size_t i = 0; i < book->exposure_count; i++) {
        book->exposures[i].share_minor = 0;
    }
    ITEM item = closing_part(-200);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(owed_by(PEER), 900);
}
END_TEST

START_TEST(part_is_neither_nothing_nor_more_than_one_direction) {
    static const int64_t wrong[] = {0, 901, -201, INT64_MAX, INT64_MIN};
    put_directions(900, 200);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        ITEM item = closing_part(wrong[i]);
        ck_assert_str_eq(decide(&item), "95");
        ck_assert_int_eq(item.origin, BANK_REFUSED);
    }
    ck_assert_int_eq(stripe_balance(2), 900);
    ck_assert_int_eq(control(), 0);
}
END_TEST

START_TEST(of_a_pair_without_items_no_part_was_paid) {
    ITEM item = closing_part(1);
    ck_assert_str_eq(decide(&item), "95");
}
END_TEST

START_TEST(open_window_is_refused) {
    ITEM item = closing(0);
    item.request.settle.window_no = WINDOW;
    (void)put_account(bank_settlectl_account(WINDOW), BANK_SETTLECTL, 0);
    ck_assert_str_eq(decide(&item), "95");
    ck_assert_int_eq(item.origin, BANK_REFUSED);
}
END_TEST

START_TEST(txids_differ_by_bank_window_peer_and_act) {
    const struct tw_uuid txids[] = {bank_window_close_txid(BANK_CODE, 1, PEER),
                                    bank_window_close_txid(BANK_CODE, 2, PEER),
                                    bank_window_close_txid(BANK_CODE, 1, PEER + 1),
                                    bank_window_close_txid(PEER, 1, BANK_CODE),
                                    bank_settlement_txid(BANK_CODE, 1),
                                    bank_settlement_txid(PEER, 1),
                                    bank_settlement_txid(BANK_CODE, 2)};
    for (size_t i = 0; i < COUNT_OF(txids); i++) {
        ck_assert_int_eq(txids[i].bytes[6] >> 4, 8);
        ck_assert_int_eq(txids[i].bytes[8] >> 6, 2);
        for (size_t other = 0; other < i; other++) {
            ck_assert(!tw_uuid_equal(&txids[i], &txids[other]));
        }
    }
    char text[TW_UUID_TEXT_SIZE];
    ck_assert_str_eq(tw_uuid_text(&txids[0], text), "94e08cac-2aa7-8cde-b67f-2d587c85b726");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = each_stripe_gives_what_was_agreed_there},
        {.test = what_this_bank_owes_goes_the_other_way},
        {.test = stripes_that_cancel_out_are_emptied_all_the_same},
        {.test = pair_without_items_is_closed_with_nothing},
        {.test = second_time_is_answered_from_what_was_stored},
        {.test = net_that_was_not_agreed_is_refused_and_may_come_again},
        {.test = of_an_excluded_pair_only_what_was_paid_leaves},
        {.test = one_direction_paid_is_more_than_the_net_or_goes_the_other_way},
        {.test = what_the_peer_owes_more_for_that_asks_no_limit},
        {.test = part_is_neither_nothing_nor_more_than_one_direction},
        {.test = of_a_pair_without_items_no_part_was_paid},
        {.test = open_window_is_refused},
        {.test = txids_differ_by_bank_window_peer_and_act},
    };
    return test_main_with("window close", tests, COUNT_OF(tests), clearing_setup, fixture_teardown);
}
