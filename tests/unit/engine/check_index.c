/* The hash index of the book. */
#include <stdlib.h>

#include "engine/index.h"
#include "support/suite.h"

START_TEST(index_finds_everything_that_was_added) {
    struct bank_index index;
    ck_assert(bank_index_init(&index, 1000));
    for (uint32_t i = 0; i < 1000; i++) {
        bank_index_add(&index, UINT64_C(1000000000) + i, i);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        ck_assert_uint_eq(bank_index_find(&index, UINT64_C(1000000000) + i), i);
    }
    ck_assert_uint_eq(bank_index_find(&index, 5), BANK_INDEX_NONE);
    bank_index_clear(&index);
    ck_assert_uint_eq(bank_index_find(&index, UINT64_C(1000000000)), BANK_INDEX_NONE);
    bank_index_free(&index);
}
END_TEST

START_TEST(index_walks_all_rows_of_one_key) {
    struct bank_index index;
    ck_assert(bank_index_init(&index, 100));
    for (uint32_t i = 0; i < 50; i++) {
        bank_index_add(&index, i % 5, i);
    }
    for (uint64_t key = 0; key < 5; key++) {
        size_t cursor = 0;
        size_t found = 0;
        uint32_t at;
        while ((at = bank_index_next(&index, key, &cursor)) != BANK_INDEX_NONE) {
            ck_assert_uint_eq(at % 5, key);
            found++;
        }
        ck_assert_uint_eq(found, 10);
    }
    bank_index_free(&index);
}
END_TEST

START_TEST(index_is_empty_after_each_clear_for_ever) {
    struct bank_index index;
    ck_assert(bank_index_init(&index, 20));
    bank_index_add(&index, 1, 7);
    index.generation = UINT32_MAX; /* as after four thousand million batches */
    ck_assert_uint_eq(bank_index_find(&index, 1), BANK_INDEX_NONE);
    bank_index_add(&index, 2, 8);
    bank_index_clear(&index);
    for (uint64_t key = 0; key < 4; key++) {
        ck_assert_uint_eq(bank_index_find(&index, key), BANK_INDEX_NONE);
    }
    bank_index_add(&index, 3, 9);
    ck_assert_uint_eq(bank_index_find(&index, 3), 9);
    bank_index_free(&index);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = index_finds_everything_that_was_added},
        {.test = index_walks_all_rows_of_one_key},
        {.test = index_is_empty_after_each_clear_for_ever},
    };
    return test_main("index", tests, COUNT_OF(tests));
}
