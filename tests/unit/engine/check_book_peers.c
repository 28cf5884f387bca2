/* Limits in stripes: exact for any order of items, and shares that always add up to the limit. */
#include <stdlib.h>

#include "engine/book.h"
#include "engine/op.h"
#include "support/suite.h"

#define PEER  90000002
#define LIMIT 80000

static struct bank_services services = {.bank_code = 90000001};
static struct bank_book *book;

static void put_stripe(int16_t stripe) {
    struct bank_peer peer = {.code = PEER, .status = 'A', .limit_minor = LIMIT};
    struct bank_exposure exposure = {
        .peer = PEER, .stripe = stripe, .share_minor = LIMIT / BANK_STRIPES};
    bank_book_add_peer(book, &peer, &exposure);
}

static void setup(void) {
    ck_assert(tw_ok(bank_book_new(&services, 8, &book, NULL)));
    book->stripe = 3;
    book->window_no = 5;
}

static void teardown(void) {
    bank_book_free(book);
}

static void owe(int64_t amount_minor) {
    for (size_t i = 0; i < book->exposure_count; i++) {
        book->exposures[i].owed_minor += book->exposures[i].stripe == 3 ? amount_minor : 0;
    }
}

static int64_t shares(void) {
    int64_t sum = 0;
    for (size_t i = 0; i < book->exposure_count; i++) {
        sum += book->exposures[i].share_minor;
    }
    return sum;
}

START_TEST(account_number_tells_peer_window_and_stripe) {
    ck_assert_int_eq(bank_interbank_account(PEER, 1, 0), INT64_C(900000020000000100));
    ck_assert_int_eq(bank_interbank_account(99999999, 99999999, 7), INT64_C(999999999999999907));
}
END_TEST

START_TEST(own_stripe_has_room_without_the_others) {
    struct bank_item item = {0};
    put_stripe(3);
    ck_assert(bank_book_room(book, &item, PEER, 10000));
    ck_assert(!book->retry);
}
END_TEST

START_TEST(full_stripe_asks_for_all_and_runs_again) {
    struct bank_item item = {0};
    put_stripe(3);
    ck_assert(!bank_book_room(book, &item, PEER, 10001));
    ck_assert(book->retry && item.every_stripe);
}
END_TEST

START_TEST(shares_move_and_still_add_up) {
    struct bank_item item = {.every_stripe = true};
    for (int16_t stripe = 0; stripe < BANK_STRIPES; stripe++) {
        put_stripe(stripe);
    }
    ck_assert(bank_book_room(book, &item, PEER, 10001));
    ck_assert_int_eq(shares(), LIMIT);
    owe(10001);
    ck_assert(bank_book_room(book, &item, PEER, LIMIT - 10001));
    ck_assert_int_eq(shares(), LIMIT);
    owe(LIMIT - 10001);
    ck_assert(!bank_book_room(book, &item, PEER, 1));
    ck_assert(!book->retry);
    owe(-500); /* a reversal makes room again */
    ck_assert(bank_book_room(book, &item, PEER, 500));
    ck_assert(!bank_book_room(book, &item, PEER, 501));
    ck_assert_int_eq(shares(), LIMIT);
}
END_TEST

START_TEST(unknown_peer_has_no_room) {
    struct bank_item item = {0};
    ck_assert(!bank_book_room(book, &item, PEER, 1));
    ck_assert(!book->retry);
    ck_assert_ptr_null(bank_book_peer(book, PEER));
}
END_TEST

START_TEST(account_of_a_window_that_is_not_opened_is_opened_by_running_again) {
    struct bank_item item = {0};
    put_stripe(3);
    ck_assert_ptr_null(bank_book_interbank(book, &item, PEER, 0));
    ck_assert(book->retry && item.open_window);
    bank_book_clear(book);
    bank_want_peer(book, &item, PEER, 0);
    ck_assert(book->wants.open_windows);
}
END_TEST

START_TEST(peers_are_wanted_once_per_window) {
    struct bank_item item = {0};
    bank_want_peer(book, &item, PEER, 0);
    bank_want_peer(book, &item, PEER, 0);
    bank_want_peer(book, &item, PEER, 4);
    ck_assert_uint_eq(book->wants.peer_count, 2);
    item.every_stripe = true;
    bank_want_peer(book, &item, PEER, 4);
    ck_assert_uint_eq(book->wants.peer_count, 2);
    ck_assert(book->wants.peers[1].every_stripe && !book->wants.peers[0].every_stripe);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = account_number_tells_peer_window_and_stripe},
        {.test = own_stripe_has_room_without_the_others},
        {.test = full_stripe_asks_for_all_and_runs_again},
        {.test = shares_move_and_still_add_up},
        {.test = unknown_peer_has_no_room},
        {.test = account_of_a_window_that_is_not_opened_is_opened_by_running_again},
        {.test = peers_are_wanted_once_per_window},
    };
    return test_main_with("book peers", tests, COUNT_OF(tests), setup, teardown);
}
