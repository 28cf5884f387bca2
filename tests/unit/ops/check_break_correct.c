/* A break ends: out of the window that was compared, into the next, the difference is ours. */
#include "clearing_fixture.h"

static const struct tw_uuid break_id = {{0xBE, 0xAC}};

static struct bank_item correcting(int64_t settled, const char *resolution) {
    struct bank_item item = {.op = &bank_op_break_correct, .acquirer = BANK_CODE};
    item.request.correction = (struct bank_break_request){.header.txid = break_id,
                                                          .peer = PEER,
                                                          .window_no = CLOSED,
                                                          .next_window_no = WINDOW,
                                                          .settled = settled};
    (void)snprintf(item.request.correction.resolution, sizeof item.request.correction.resolution,
                   "%s", resolution);
    return item;
}

static int64_t losses(void) {
    return balance(bank_ledger_account(BANK_BREAKS, 0));
}

START_TEST(ours_moves_on_whole) {
    put_stripe(2, 900, 400);
    ITEM item = correcting(500, "OURS");
    item.request.correction.ours[2] = 500;
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(stripe_balance(2), 400);
    ck_assert_int_eq(interbank(PEER), 500);
    ck_assert_int_eq(losses(), 0);
    ck_assert_int_eq(owed_by(PEER), 900);
    ck_assert_int_eq(item.decision.window_no, WINDOW);
    ck_assert_ptr_nonnull(strstr(item.decision.detail, "\"resolution\":\"OURS\""));
    ck_assert_ptr_nonnull(strstr(item.decision.detail, "\"settled\":500"));
}
END_TEST

START_TEST(theirs_that_is_nothing_is_our_loss) {
    put_stripe(2, 500, 0);
    ITEM item = correcting(0, "THEIRS");
    item.request.correction.ours[2] = 500;
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(stripe_balance(2), 0);
    ck_assert_int_eq(interbank(PEER), 0);
    ck_assert_int_eq(losses(), 500);
    ck_assert_int_eq(owed_by(PEER), 0);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(theirs_that_is_missing_here_is_booked_now) {
    ITEM item = correcting(-1200, "THEIRS");
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(interbank(PEER), -1200);
    ck_assert_int_eq(losses(), 1200);
    ck_assert_int_eq(item.decision.amount_minor, 1200);
}
END_TEST

START_TEST(neither_books_what_the_operators_found) {
    put_stripe(0, 10000, 0);
    put_stripe(5, -100, 0);
    ITEM item = correcting(6000, "NEITHER");
    item.request.correction.ours[0] = 10000;
    item.request.correction.ours[5] = -100;
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(stripe_balance(0), 0);
    ck_assert_int_eq(stripe_balance(5), 0);
    ck_assert_int_eq(interbank(PEER), 6000);
    ck_assert_int_eq(losses(), 3900);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(resolved_once) {
    put_stripe(2, 500, 0);
    ITEM item = correcting(500, "OURS");
    item.request.correction.ours[2] = 500;
    ck_assert_str_eq(decide(&item), "00");
    ITEM again = correcting(500, "OURS");
    again.request.correction.ours[2] = 500;
    ck_assert_str_eq(decide(&again), "00");
    ck_assert_int_eq(again.origin, BANK_STORED);
    ITEM other = correcting(0, "THEIRS");
    ck_assert_str_eq(decide(&other), "94");
    ck_assert_int_eq(interbank(PEER), 500);
}
END_TEST

START_TEST(windows_must_be_in_order) {
    ITEM same = correcting(100, "OURS");
    same.request.correction.next_window_no = CLOSED;
    ck_assert_str_eq(decide(&same), "95");
    ITEM open = correcting(100, "OURS");
    open.request.correction.window_no = WINDOW;
    open.request.correction.next_window_no = WINDOW + 1;
    ck_assert_str_eq(decide(&open), "95");
    ITEM far = correcting(100, "OURS");
    far.request.correction.next_window_no = WINDOW + 1000;
    ck_assert_str_eq(decide(&far), "95");
    ck_assert_uint_eq(book->entry_count + book->decision_count, 0);
}
END_TEST

START_TEST(entries_on_accounts_that_are_not_there_are_refused) {
    ITEM item = correcting(500, "OURS");
    item.request.correction.ours[4] = 500;
    ck_assert_str_eq(decide(&item), "95");
    ck_assert_int_eq(item.origin, BANK_REFUSED);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = ours_moves_on_whole},
        {.test = theirs_that_is_nothing_is_our_loss},
        {.test = theirs_that_is_missing_here_is_booked_now},
        {.test = neither_books_what_the_operators_found},
        {.test = resolved_once},
        {.test = windows_must_be_in_order},
        {.test = entries_on_accounts_that_are_not_there_are_refused},
    };
    return test_main_with("break correction", tests, COUNT_OF(tests), clearing_setup,
                          fixture_teardown);
}
