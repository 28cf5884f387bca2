/* core/clock: the real clock and random source are wired to what they say. */
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "support/suite.h"

START_TEST(monotonic_clock_never_goes_back) {
    const struct tw_clock *clock = tw_clock_system();
    int64_t last = tw_now_us(clock);
    for (int i = 0; i < 10000; i++) {
        const int64_t now = tw_now_us(clock);
        ck_assert_int_ge(now, last);
        last = now;
    }
}
END_TEST

START_TEST(wall_clock_is_unix_time_in_milliseconds) {
    const time_t before = time(NULL);
    const int64_t wall_ms = tw_wall_ms(tw_clock_system());
    const time_t after = time(NULL);
    ck_assert_int_ge(wall_ms / 1000, (int64_t)before - 1); /* time() may lag by a tick */
    ck_assert_int_le(wall_ms / 1000, (int64_t)after + 1);
}
END_TEST

START_TEST(random_source_fills_all_bytes_and_differs) {
    unsigned char a[600] = {0};
    unsigned char b[600] = {0};
    const struct tw_random *random = tw_random_system();
    random->fill(random->context, a, sizeof a);
    random->fill(random->context, b, sizeof b);
    ck_assert_int_ne(memcmp(a, b, sizeof a), 0);
    unsigned char tail = 0;
    for (size_t i = sizeof a - 32; i < sizeof a; i++) {
        tail |= a[i];
    }
    ck_assert_uint_ne(tail, 0);
    random->fill(random->context, a, 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = monotonic_clock_never_goes_back},
        {.test = wall_clock_is_unix_time_in_milliseconds},
        {.test = random_source_fills_all_bytes_and_differs},
    };
    return test_main("clock", tests, COUNT_OF(tests));
}
