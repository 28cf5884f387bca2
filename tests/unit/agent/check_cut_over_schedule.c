/* agent/schedule: the latest time of a schedule, whatever the clock says. */
#include "agent/schedule.h"

#include "support/suite.h"

#define SECOND INT64_C(1000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)
#define DAY_0  (20000 * DAY) /* some midnight */

static const struct {
    const char *times;
    int64_t every_s, now_ms, latest_ms;
} cases[] = {
    {"", 0, DAY_0, -1},
    {"06:00", 0, DAY_0 + 6 * HOUR, DAY_0 + 6 * HOUR},
    {"06:00", 0, DAY_0 + 6 * HOUR - 1, DAY_0 - 18 * HOUR},
    {"06:00", 0, DAY_0 + 23 * HOUR, DAY_0 + 6 * HOUR},
    {"06:00,14:00,22:00", 0, DAY_0 + 14 * HOUR + 1, DAY_0 + 14 * HOUR},
    {"06:00,14:00,22:00", 0, DAY_0 + 13 * HOUR, DAY_0 + 6 * HOUR},
    {"06:00,14:00,22:00", 0, DAY_0 + HOUR, DAY_0 - 2 * HOUR},
    {"22:00,06:00,14:00", 0, DAY_0 + HOUR, DAY_0 - 2 * HOUR}, /* in any order */
    {"00:00", 0, DAY_0, DAY_0},
    {"00:00", 0, DAY_0 - 1, DAY_0 - DAY},
    {"23:59", 0, DAY_0 + DAY - 1, DAY_0 + 23 * HOUR + INT64_C(59) * 60 * SECOND},
    {"", 10, DAY_0 + 19999, DAY_0 + 10000},
    {"", 10, DAY_0 + 20000, DAY_0 + 20000},
    {"", 604800, 604800 * SECOND - 1, 0},
    {"", 1, 0, 0},
    {"06:00", 0, -1, -1}, /* a clock before 1970 */
};

START_TEST(latest_time_is_the_last_that_is_over) {
    ck_assert_int_eq(agent_schedule_latest_ms(cases[_i].times, cases[_i].every_s, cases[_i].now_ms),
                     cases[_i].latest_ms);
}
END_TEST

START_TEST(time_goes_on_and_so_do_the_times) {
    int64_t before_ms = -1;
    int count = 0;
    for (int64_t now_ms = DAY_0; now_ms < DAY_0 + DAY; now_ms += 60 * SECOND) {
        int64_t latest_ms = agent_schedule_latest_ms("06:00,14:00,22:00", 0, now_ms);
        ck_assert_int_le(latest_ms, now_ms);
        ck_assert_int_ge(latest_ms, before_ms);
        count += latest_ms != before_ms;
        before_ms = latest_ms;
    }
    ck_assert_int_eq(count, 4); /* yesterday's last, and three of today */
}
END_TEST

START_TEST(lists_of_times_are_read_strictly) {
    static const char *const right[] = {"00:00", "23:59", "06:00,14:00", "06:00,06:00"};
    static const char *const wrong[] = {"",       "24:00",  "12:60",  "6:00",        "06:00,",
                                        ",06:00", "06.00",  "06:00 ", "06:00;14:00", "0600",
                                        "aa:bb",  "06:000", "-1:00",  "06:00,,14:00"};
    for (size_t i = 0; i < COUNT_OF(right); i++) {
        ck_assert_msg(agent_schedule_valid(right[i]), "%s", right[i]);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        ck_assert_msg(!agent_schedule_valid(wrong[i]), "%s", wrong[i]);
    }
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = latest_time_is_the_last_that_is_over, .rows = COUNT_OF(cases)},
        {.test = time_goes_on_and_so_do_the_times},
        {.test = lists_of_times_are_read_strictly},
    };
    return test_main("schedule", tests, COUNT_OF(tests));
}
