/* net/timer: the heap against a plain list, under random use. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "net/timer.h"
#include "support/suite.h"

enum { TIMERS = 200, STEPS = 20000 };

static int64_t earliest_of(const struct tw_timer *timers) {
    int64_t earliest = INT64_MAX;
    for (size_t i = 0; i < TIMERS; i++) {
        if (timers[i].set && timers[i].due_us < earliest) {
            earliest = timers[i].due_us;
        }
    }
    return earliest;
}

START_TEST(earliest_is_always_first) {
    struct tw_timer timers[TIMERS] = {{0}};
    struct tw_timers heap = {0};
    unsigned seed = (unsigned)time(NULL);
    printf("seed %u\n", seed);
    srandom(seed);
    for (int step = 0; step < STEPS; step++) {
        struct tw_timer *timer = &timers[(size_t)random() % TIMERS];
        if (timer->set) {
            tw_timers_remove(&heap, timer);
        } else {
            timer->due_us = random() % 1000;
            tw_timers_add(&heap, timer);
        }
        int64_t expected = earliest_of(timers);
        if (expected == INT64_MAX) {
            ck_assert_ptr_null(heap.earliest);
        } else {
            ck_assert_int_eq(heap.earliest->due_us, expected);
        }
    }
}
END_TEST

START_TEST(draining_gives_rising_order) {
    struct tw_timer timers[TIMERS] = {{0}};
    struct tw_timers heap = {0};
    for (size_t i = 0; i < TIMERS; i++) {
        timers[i].due_us = (int64_t)(i * 7919 % TIMERS);
        tw_timers_add(&heap, &timers[i]);
    }
    for (int64_t due = 0; due < TIMERS; due++) {
        ck_assert_int_eq(heap.earliest->due_us, due);
        tw_timers_remove(&heap, heap.earliest);
    }
    ck_assert_ptr_null(heap.earliest);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {{.test = earliest_is_always_first},
                                       {.test = draining_gives_rising_order}};
    return test_main("timer", tests, COUNT_OF(tests));
}
