/* core/buffer: a byte queue against a plain model. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buffer.h"
#include "support/suite.h"

enum { STEPS = 1000, PIECE_MAX = 3000 };

START_TEST(what_goes_in_comes_out_in_order) {
    struct tw_buffer buffer = {0};
    unsigned seed = (unsigned)time(NULL);
    printf("seed %u\n", seed);
    srandom(seed);
    unsigned char in = 0;
    unsigned char out = 0;
    size_t expected = 0;
    for (int step = 0; step < STEPS; step++) {
        char piece[PIECE_MAX];
        size_t length = (size_t)random() % PIECE_MAX;
        if (random() % 2 == 0) {
            for (size_t i = 0; i < length; i++) {
                piece[i] = (char)in++;
            }
            ck_assert(tw_buffer_append(&buffer, piece, length));
            expected += length;
        } else {
            length = length < expected ? length : expected;
            for (size_t i = 0; i < length; i++) {
                piece[i] = (char)out++;
            }
            if (length > 0) {
                ck_assert_mem_eq(tw_buffer_head(&buffer), piece, length);
            }
            tw_buffer_consume(&buffer, length);
            expected -= length;
        }
        ck_assert_uint_eq(tw_buffer_length(&buffer), expected);
    }
    tw_buffer_free(&buffer);
}
END_TEST

START_TEST(empty_buffer_owns_no_memory_after_shrinking) {
    struct tw_buffer buffer = {0};
    ck_assert(tw_buffer_append(&buffer, "text", 4));
    tw_buffer_shrink(&buffer);
    ck_assert_uint_eq(tw_buffer_length(&buffer), 4);
    tw_buffer_consume(&buffer, 4);
    tw_buffer_shrink(&buffer);
    ck_assert_ptr_null(buffer.bytes);
    ck_assert_uint_eq(buffer.capacity, 0);
}
END_TEST

START_TEST(room_at_the_head_is_used_again) {
    struct tw_buffer buffer = {0};
    char block[4096] = {0};
    ck_assert(tw_buffer_append(&buffer, block, sizeof block));
    size_t capacity = buffer.capacity;
    for (int i = 0; i < 100; i++) {
        tw_buffer_consume(&buffer, 3000);
        ck_assert(tw_buffer_append(&buffer, block, 3000));
    }
    ck_assert_uint_eq(buffer.capacity, capacity);
    tw_buffer_free(&buffer);
}
END_TEST

START_TEST(consuming_more_than_there_is_aborts) {
    struct tw_buffer buffer = {0};
    ck_assert(tw_buffer_append(&buffer, "text", 4));
    tw_buffer_consume(&buffer, 5);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = what_goes_in_comes_out_in_order},
        {.test = empty_buffer_owns_no_memory_after_shrinking},
        {.test = room_at_the_head_is_used_again},
        {.test = consuming_more_than_there_is_aborts, .signal = SIGABRT},
    };
    return test_main("buffer", tests, COUNT_OF(tests));
}
