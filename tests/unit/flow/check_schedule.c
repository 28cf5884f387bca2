/* The bank's own times of cut-over: due once, whatever the clock does. */
#include "flow/schedule.h"
#include "support/suite.h"

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define TODAY  (INT64_C(20783) * DAY) /* midnight */

START_TEST(without_times_nothing_is_due) {
    ck_assert(!bank_schedule_due("", 0, TODAY));
}
END_TEST

START_TEST(time_is_due_when_it_has_come_and_not_before) {
    int64_t since = TODAY + HOUR;
    ck_assert(!bank_schedule_due("06:00", since, TODAY + 6 * HOUR - 1));
    ck_assert(bank_schedule_due("06:00", since, TODAY + 6 * HOUR));
    ck_assert(bank_schedule_due("06:00", since, TODAY + 23 * HOUR));
}
END_TEST

START_TEST(each_of_several_times_is_due_in_its_turn) {
    const char *times = "06:00,14:30,22:00";
    int64_t now = TODAY + 14 * HOUR + 30 * MINUTE;
    ck_assert(!bank_schedule_due(times, TODAY + 6 * HOUR, now - 1));
    ck_assert(bank_schedule_due(times, TODAY + 6 * HOUR, now));
    ck_assert(!bank_schedule_due(times, now, now + HOUR));
    ck_assert(bank_schedule_due(times, now, TODAY + 22 * HOUR));
    ck_assert(bank_schedule_due("22:00,06:00", TODAY + 22 * HOUR, TODAY + DAY + 6 * HOUR));
}
END_TEST

START_TEST(yesterdays_time_is_due_this_morning_if_the_bank_was_down) {
    ck_assert(bank_schedule_due("22:00", TODAY - 3 * HOUR, TODAY + HOUR));
    ck_assert(!bank_schedule_due("22:00", TODAY - HOUR, TODAY + HOUR));
}
END_TEST

START_TEST(midnight_belongs_to_the_new_day) {
    ck_assert(bank_schedule_due("00:00", TODAY - 1, TODAY));
    ck_assert(!bank_schedule_due("00:00", TODAY, TODAY + 23 * HOUR));
}
END_TEST

/* What is done is remembered by when it was done. */
START_TEST(clock_that_jumps_ahead_makes_one_cut_over_due) {
    int64_t opened = TODAY + 7 * HOUR;
    int64_t ahead = opened + 5 * DAY;
    ck_assert(bank_schedule_due("06:00,14:00", opened, ahead));
    ck_assert(!bank_schedule_due("06:00,14:00", ahead, ahead + HOUR));
}
END_TEST

START_TEST(clock_that_jumps_back_makes_nothing_due_again) {
    int64_t opened = TODAY + 14 * HOUR + 5000;
    for (int64_t back = 0; back < 3 * DAY; back += 10 * MINUTE) {
        ck_assert(!bank_schedule_due("06:00,14:00", opened, opened - back));
    }
    ck_assert(bank_schedule_due("06:00,14:00", opened, TODAY + DAY + 6 * HOUR));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = without_times_nothing_is_due},
        {.test = time_is_due_when_it_has_come_and_not_before},
        {.test = each_of_several_times_is_due_in_its_turn},
        {.test = yesterdays_time_is_due_this_morning_if_the_bank_was_down},
        {.test = midnight_belongs_to_the_new_day},
        {.test = clock_that_jumps_ahead_makes_one_cut_over_due},
        {.test = clock_that_jumps_back_makes_nothing_due_again},
    };
    return test_main("schedule", tests, COUNT_OF(tests));
}
