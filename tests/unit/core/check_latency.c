/* Percentiles of the log-linear histogram: exact below 64, within 1.6 percent above, bounded. */
#include "core/latency.h"

#include "support/suite.h"

static struct tw_latency latency;

static void forget(void) {
    latency = (struct tw_latency){0};
}

START_TEST(nothing_recorded_has_percentile_zero) {
    ck_assert_int_eq(tw_latency_at(&latency, 500), 0);
    ck_assert_int_eq(tw_latency_at(&latency, 1000), 0);
}
END_TEST

START_TEST(short_durations_are_exact) {
    for (int64_t us = 1; us <= 50; us++)
        tw_latency_record(&latency, us);
    ck_assert_int_eq(tw_latency_at(&latency, 500), 25);
    ck_assert_int_eq(tw_latency_at(&latency, 1000), 50);
}
END_TEST

START_TEST(percentiles_are_within_two_percent) {
    for (int64_t us = 1; us <= 100000; us++)
        tw_latency_record(&latency, us * 10);
    const struct {
        unsigned per_mille;
        int64_t us;
    } rows[] = {{500, 500000}, {950, 950000}, {990, 990000}, {1000, 1000000}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const int64_t found = tw_latency_at(&latency, rows[i].per_mille);
        ck_assert_int_ge(found, rows[i].us * 98 / 100);
        ck_assert_int_le(found, rows[i].us * 102 / 100);
    }
}
END_TEST

START_TEST(what_is_out_of_range_counts_at_its_edge) {
    tw_latency_record(&latency, -5);
    ck_assert_int_eq(tw_latency_at(&latency, 1000), 0);
    tw_latency_record(&latency, INT64_MAX);
    ck_assert_int_ge(tw_latency_at(&latency, 1000), TW_LATENCY_MAX_US * 98 / 100);
    ck_assert_uint_eq(latency.count, 2);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = nothing_recorded_has_percentile_zero},
        {.test = short_durations_are_exact},
        {.test = percentiles_are_within_two_percent},
        {.test = what_is_out_of_range_counts_at_its_edge},
    };
    return test_main_with("latency", tests, COUNT_OF(tests), forget, NULL);
}
