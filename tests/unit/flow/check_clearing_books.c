/* Two books are compared by buckets: what is alike is never listed, what differs always is, and a
 * peer's impossible answers are refused. */
#include "flow/clearing_books.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

#define ALDER 90000001
#define BIRCH 90000002

enum { WINDOW = 3 };

static struct bank_books books;
/* The peer's book, kept by the code that answers it: what it sums, this sums. */
static struct bank_books theirs;
static struct tw_window_buckets_result answer;
static struct tw_window_items_result page;

static void setup(void) {
    ck_assert(bank_books_init(&books));
    ck_assert(bank_books_init(&theirs));
}

static void teardown(void) {
    bank_books_clear(&books);
    bank_books_clear(&theirs);
}

/* last, before: the two bytes at the end of the txid, which make its buckets. */
static struct bank_walk_item item_of(unsigned number, uint8_t last, uint8_t before) {
    struct bank_walk_item item = {.account_id = 1, .entry_no = number + 1, .amount_minor = 100};
    item.txid.bytes[0] = (uint8_t)(number >> 8);
    item.txid.bytes[1] = (uint8_t)number;
    item.txid.bytes[14] = before;
    item.txid.bytes[15] = last;
    return item;
}

static void put_ours(const struct bank_walk_item *item) {
    bank_books_sum(&books, ALDER, BIRCH, item);
}

static void put_theirs(const struct bank_walk_item *item) {
    struct bank_walk_item mirrored = *item;
    mirrored.amount_minor = -item->amount_minor;
    bank_books_sum(&theirs, BIRCH, ALDER, &mirrored);
}

static void put_both(const struct bank_walk_item *item) {
    put_ours(item);
    put_theirs(item);
}

static void tell(const char *prefix) {
    answer = (struct tw_window_buckets_result){0};
    for (size_t i = 0; i < 256; i++) {
        struct bank_bucket sum = {0};
        size_t first = prefix[0] == '\0' ? i * 256 : bank_bucket_number(prefix) * 256 + i;
        for (size_t j = 0; j < (prefix[0] == '\0' ? 256u : 1u); j++) {
            bank_bucket_add(&sum, &theirs.sums[first + j].digest, theirs.sums[first + j].count);
        }
        if (sum.count > 0) {
            struct tw_window_bucket *told = &answer.buckets[answer.bucket_count++];
            bank_bucket_name(prefix, i, told->bucket);
            told->count = sum.count;
            (void)ib_item_digest_text(&sum.digest, told->digest);
        }
    }
}

static struct tw_status divide(const char *prefix) {
    tell(prefix);
    return bank_books_divide(&books, prefix, &answer, NULL);
}

/* More than are listed whole, spread over all buckets. */
static void put_many_alike(void) {
    for (unsigned i = 0; i < 1024; i++) {
        struct bank_walk_item item = item_of(i, (uint8_t)i, (uint8_t)(i >> 4));
        put_both(&item);
    }
}

START_TEST(small_window_is_listed_whole) {
    struct bank_walk_item item = item_of(1, 0xab, 0xcd);
    put_ours(&item);
    ck_assert(tw_ok(divide("")));
    ck_assert_uint_eq(books.part_count, 1);
    ck_assert_str_eq(books.parts[0], "");
    ck_assert(bank_books_gather(&books, &item));
    ck_assert_uint_eq(books.our_count, 1);
}
END_TEST

START_TEST(alike_buckets_are_not_listed) {
    put_many_alike();
    ck_assert(tw_ok(divide("")));
    ck_assert_uint_eq(books.part_count + books.large_count, 0);
}
END_TEST

START_TEST(bucket_that_differs_is_listed_and_no_other) {
    struct bank_walk_item extra = item_of(5000, 0xab, 0xcd);
    struct bank_walk_item other = item_of(5001, 0xac, 0xcd);
    put_many_alike();
    put_theirs(&extra);
    ck_assert(tw_ok(divide("")));
    ck_assert_uint_eq(books.part_count, 1);
    ck_assert_str_eq(books.parts[0], "ab");
    ck_assert(bank_books_gather(&books, &extra));
    ck_assert(bank_books_gather(&books, &other));
    ck_assert_uint_eq(books.our_count, 1);
}
END_TEST

START_TEST(large_bucket_is_divided) {
    struct bank_walk_item extra = item_of(5000, 0xab, 0xcd);
    for (unsigned i = 0; i < 2048; i++) {
        struct bank_walk_item item = item_of(i, 0xab, (uint8_t)i);
        put_both(&item);
    }
    put_ours(&extra);
    ck_assert(tw_ok(divide("")));
    ck_assert_uint_eq(books.part_count, 0);
    ck_assert_uint_eq(books.large_count, 1);
    ck_assert_str_eq(books.large[0], "ab");
    ck_assert(tw_ok(divide("ab")));
    ck_assert_uint_eq(books.part_count, 1);
    ck_assert_str_eq(books.parts[0], "abcd");
    ck_assert(bank_books_gather(&books, &extra));
    ck_assert_uint_eq(books.our_count, 1);
}
END_TEST

START_TEST(too_many_differences_are_refused) {
    for (unsigned i = 0; i < 65536; i++) {
        struct bank_walk_item item = item_of(i, (uint8_t)i, (uint8_t)(i >> 8));
        put_ours(&item);
    }
    struct tw_status status = divide("");
    for (size_t i = 0; tw_ok(status) && i < books.large_count; i++) {
        status = divide(books.large[i]);
    }
    ck_assert(!tw_ok(status));
}
END_TEST

static const struct {
    const char *bucket;
    int64_t count;
} no_buckets[] = {
    {.bucket = "abc", .count = 1},  {.bucket = "ab", .count = 0},   {.bucket = "ab", .count = -1},
    {.bucket = "", .count = 1},     {.bucket = "abcd", .count = 1}, {.bucket = "AB", .count = 1},
    {.bucket = "ab", .count = 700},
};

START_TEST(impossible_buckets_are_refused) {
    put_many_alike();
    tell("");
    answer.buckets[0].count = no_buckets[_i].count;
    (void)snprintf(answer.buckets[0].bucket, sizeof answer.buckets[0].bucket, "%s",
                   no_buckets[_i].bucket);
    (void)snprintf(answer.buckets[0].digest, sizeof answer.buckets[0].digest, "%064d", 0);
    if (no_buckets[_i].count == 700) { /* it stands there already */
        ck_assert_uint_gt(answer.bucket_count, 0xab);
    }
    ck_assert(!tw_ok(bank_books_divide(&books, "", &answer, NULL)));
}
END_TEST

static void list_one(int64_t amount, int64_t window_no, uint8_t last) {
    page = (struct tw_window_items_result){.item_count = 1};
    page.items[0] = (struct tw_window_item){
        .txid = item_of(1, last, 0).txid, .amount = amount, .window_no = window_no};
}

START_TEST(items_that_were_not_asked_for_are_refused) {
    list_one(5, WINDOW, 0xab);
    ck_assert(tw_ok(bank_books_list(&books, "ab", &page, WINDOW, NULL)));
    ck_assert_uint_eq(books.their_count, 1);
    list_one(0, WINDOW, 0xab);
    ck_assert(!tw_ok(bank_books_list(&books, "ab", &page, WINDOW, NULL)));
    list_one(5, WINDOW + 1, 0xab);
    ck_assert(!tw_ok(bank_books_list(&books, "ab", &page, WINDOW, NULL)));
    list_one(5, WINDOW, 0xac);
    ck_assert(!tw_ok(bank_books_list(&books, "ab", &page, WINDOW, NULL)));
    list_one(5, WINDOW, 0xab);
    page.outcome.rc = TW_RC_CUT_OVER;
    ck_assert(!tw_ok(bank_books_list(&books, "ab", &page, WINDOW, NULL)));
    page = (struct tw_window_items_result){.more = true};
    ck_assert(!tw_ok(bank_books_list(&books, "ab", &page, WINDOW, NULL)));
    ck_assert_uint_eq(books.their_count, 1);
}
END_TEST

START_TEST(endless_items_are_refused) {
    struct tw_status status = tw_success();
    page = (struct tw_window_items_result){.more = true, .item_count = TW_ITEMS_MAX};
    for (size_t i = 0; i < TW_ITEMS_MAX; i++) {
        page.items[i] = (struct tw_window_item){
            .txid = item_of((unsigned)i, 0xab, 0).txid, .amount = 1, .window_no = WINDOW};
    }
    for (int pages = 0; pages < 1024 && tw_ok(status); pages++) {
        status = bank_books_list(&books, "ab", &page, WINDOW, NULL);
    }
    ck_assert(!tw_ok(status));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = small_window_is_listed_whole},
        {.test = alike_buckets_are_not_listed},
        {.test = bucket_that_differs_is_listed_and_no_other},
        {.test = large_bucket_is_divided},
        {.test = too_many_differences_are_refused},
        {.test = impossible_buckets_are_refused, .rows = COUNT_OF(no_buckets)},
        {.test = items_that_were_not_asked_for_are_refused},
        {.test = endless_items_are_refused},
    };
    return test_main_with("clearing_books", tests, COUNT_OF(tests), setup, teardown);
}
