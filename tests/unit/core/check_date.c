/* core/date: every day from 1970 to 9999 against a calendar that counts day by day. */
#include <signal.h>

#include "core/date.h"
#include "support/suite.h"

#define LAST_DAY 2932896 /* 9999-12-31 */

static int length_of(int year, int month) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
    return lengths[month - 1] + (month == 2 && leap);
}

START_TEST(every_day_is_its_civil_date_and_back) {
    int32_t days = 0;
    for (int year = 1970; year <= 9999; year++) {
        int in_year = 0;
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= length_of(year, month); day++) {
                int got_year;
                int got_month;
                int got_day;
                tw_date_civil(days, &got_year, &got_month, &got_day);
                in_year++;
                if (got_year != year || got_month != month || got_day != day ||
                    tw_date_from_civil(year, month, day) != days ||
                    tw_date_day_of_year(days) != in_year) {
                    ck_abort_msg("day %d is not %d-%d-%d", days, year, month, day);
                }
                days++;
            }
        }
    }
    ck_assert_int_eq(days - 1, LAST_DAY);
}
END_TEST

static const struct {
    const char *text;
    int32_t days;
} dates[] = {
    {"1970-01-01", 0}, {"2000-02-29", 11016}, {"2026-11-20", 20777}, {"9999-12-31", LAST_DAY}};

START_TEST(text_is_read_and_written) {
    int32_t days = -1;
    char buffer[TW_DATE_TEXT_SIZE];
    ck_assert(tw_date_parse(dates[_i].text, &days));
    ck_assert_int_eq(days, dates[_i].days);
    ck_assert_str_eq(tw_date_text(days, buffer), dates[_i].text);
}
END_TEST

static const char *const no_dates[] = {
    "",
    "2026",
    "2026-11",
    "2026-11-2",
    "2026-11-200",
    "2026-11-20 ",
    " 2026-11-20",
    "2026/11/20",
    "20261120",
    "2026-00-10",
    "2026-13-10",
    "2026-11-00",
    "2026-11-31",
    "2026-02-29",
    "2100-02-29",
    "1969-12-31",
    "0000-01-01",
    "26-11-20",
    "2026-1-20",
    "2026-11-2O",
    "-026-11-20",
    "2026-11-20T00:00:00Z",
};

START_TEST(what_the_calendar_lacks_is_refused) {
    int32_t days = -1;
    ck_assert_msg(!tw_date_parse(no_dates[_i], &days), "%s", no_dates[_i]);
    ck_assert_int_eq(days, -1);
}
END_TEST

START_TEST(day_outside_the_range_aborts) {
    char buffer[TW_DATE_TEXT_SIZE];
    (void)tw_date_text(_i == 0 ? -1 : LAST_DAY + 1, buffer);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = every_day_is_its_civil_date_and_back},
        {.test = text_is_read_and_written, .rows = COUNT_OF(dates)},
        {.test = what_the_calendar_lacks_is_refused, .rows = COUNT_OF(no_dates)},
        {.test = day_outside_the_range_aborts, .rows = 2, .signal = SIGABRT},
    };
    return test_main("date", tests, COUNT_OF(tests));
}
