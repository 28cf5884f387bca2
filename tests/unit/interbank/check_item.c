/* clearing/item: one digest per item in both books, sums without order, buckets by the txid's end.
 */
#include "clearing/item.h"

#include <stdint.h>
#include <string.h>

#include "support/suite.h"

#define ALDER 90000001
#define BIRCH 90000002

static struct tw_uuid uuid_of(unsigned number) {
    struct tw_uuid uuid = {{1, 147, 72, 159, 122, 60, 125, 239, 129, 35, 69, 103, 137, 171, 0, 0}};
    uuid.bytes[14] = (uint8_t)(number >> 8);
    uuid.bytes[15] = (uint8_t)number;
    return uuid;
}

static struct ib_item_digest digest_of(int32_t own, int32_t peer, unsigned number, int64_t amount) {
    struct tw_uuid txid = uuid_of(number);
    struct ib_item_digest digest;
    ib_item_digest(own, peer, &txid, amount, &digest);
    return digest;
}

START_TEST(both_banks_have_one_digest_of_an_item) {
    struct ib_item_digest alder = digest_of(ALDER, BIRCH, 1, 6190);
    struct ib_item_digest birch = digest_of(BIRCH, ALDER, 1, -6190);
    ck_assert(ib_item_digest_equal(&alder, &birch));
}
END_TEST

START_TEST(every_part_of_an_item_changes_its_digest) {
    struct ib_item_digest digest = digest_of(ALDER, BIRCH, 1, 6190);
    const struct ib_item_digest others[] = {
        digest_of(ALDER, BIRCH, 2, 6190), digest_of(ALDER, BIRCH, 1, 6191),
        digest_of(ALDER, BIRCH, 1, -6190), digest_of(BIRCH, ALDER, 1, 6190)};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        ck_assert_msg(!ib_item_digest_equal(&digest, &others[i]), "%zu", i);
    }
}
END_TEST

/* Made by: printf 'tellerwire item 1' followed by the bytes, through sha256sum. */
START_TEST(digest_is_the_documented_one) {
    char text[IB_ITEM_DIGEST_TEXT];
    struct ib_item_digest digest = digest_of(ALDER, BIRCH, 1, 6190);
    ck_assert_str_eq(ib_item_digest_text(&digest, text),
                     "63335af4626015497cfe6cb6dabc238d5fb608d0fb3ace210105bbc6da73c658");
}
END_TEST

START_TEST(sum_does_not_depend_on_order) {
    enum { ITEMS = 100 };
    struct ib_item_digest items[ITEMS], sum = {0}, other = {0};
    for (unsigned i = 0; i < ITEMS; i++) {
        items[i] = digest_of(ALDER, BIRCH, i, i % 2 == 0 ? 100 + (int64_t)i : -(int64_t)i);
        ib_item_digest_add(&sum, &items[i]);
    }
    for (unsigned i = 0; i < ITEMS; i++) {
        ib_item_digest_add(&other, &items[i * 37 % ITEMS]); /* each once: 37 and 100 are coprime */
    }
    ck_assert(ib_item_digest_equal(&sum, &other));
}
END_TEST

START_TEST(an_item_that_stands_twice_counts_twice) {
    struct ib_item_digest item = digest_of(ALDER, BIRCH, 1, 1), once = {0}, twice = {0};
    ib_item_digest_add(&once, &item);
    ib_item_digest_add(&twice, &item);
    ib_item_digest_add(&twice, &item);
    ck_assert(!ib_item_digest_equal(&once, &twice));
}
END_TEST

START_TEST(sum_carries_through_all_bytes_and_wraps) {
    struct ib_item_digest all = {0}, one = {0}, zero = {0};
    memset(all.bytes, 0xff, sizeof all.bytes);
    one.bytes[IB_ITEM_DIGEST_BYTES - 1] = 1;
    ib_item_digest_add(&all, &one);
    ck_assert(ib_item_digest_equal(&all, &zero));
}
END_TEST

START_TEST(text_is_read_back) {
    struct ib_item_digest digest = digest_of(ALDER, BIRCH, 7, -1), back = {0};
    char text[IB_ITEM_DIGEST_TEXT];
    ck_assert(ib_item_digest_parse(ib_item_digest_text(&digest, text), &back));
    ck_assert(ib_item_digest_equal(&digest, &back));
    text[3] = 'G';
    ck_assert(!ib_item_digest_parse(text, &back));
    text[3] = 'A'; /* one spelling only */
    ck_assert(!ib_item_digest_parse(text, &back));
    ck_assert(!ib_item_digest_parse("", &back));
    ck_assert(!ib_item_digest_parse("00", &back));
}
END_TEST

START_TEST(bucket_is_the_end_of_the_txid) {
    struct tw_uuid txid = uuid_of(0x12ab);
    ck_assert(ib_item_in_bucket(&txid, ""));
    ck_assert(ib_item_in_bucket(&txid, "ab"));
    ck_assert(ib_item_in_bucket(&txid, "ab12"));
    ck_assert(!ib_item_in_bucket(&txid, "12"));
    ck_assert(!ib_item_in_bucket(&txid, "ab13"));
}
END_TEST

static const char *const no_buckets[] = {"a", "abc", "AB", "g0", "ab12c", "ab12cd", " ab", "ab "};

START_TEST(other_texts_are_no_buckets) {
    struct tw_uuid txid = uuid_of(0xabab);
    ck_assert(!ib_bucket_valid(no_buckets[_i]));
    ck_assert(!ib_item_in_bucket(&txid, no_buckets[_i]));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = both_banks_have_one_digest_of_an_item},
        {.test = every_part_of_an_item_changes_its_digest},
        {.test = digest_is_the_documented_one},
        {.test = sum_does_not_depend_on_order},
        {.test = an_item_that_stands_twice_counts_twice},
        {.test = sum_carries_through_all_bytes_and_wraps},
        {.test = text_is_read_back},
        {.test = bucket_is_the_end_of_the_txid},
        {.test = other_texts_are_no_buckets, .rows = COUNT_OF(no_buckets)},
    };
    return test_main("item", tests, COUNT_OF(tests));
}
