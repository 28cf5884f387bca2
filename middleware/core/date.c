/*
 * Proleptic Gregorian calendar by eras of 400 years that begin on 1 March, so that the leap day is
 * the last day of a year and months need no table (the well-known "days from civil" arithmetic).
 * The C library's calendar is not used: it is local time, shared state, and slow.
 */
#include "core/date.h"

#include "core/status.h"

#define DAYS_PER_ERA    146097
#define DAYS_TO_1970    719468 /* from 0000-03-01 */
#define DAYS_9999_12_31 2932896

static bool is_leap(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_length(int year, int month) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

int32_t tw_date_from_civil(int year, int month, int day) {
    tw_assert(year >= 1970 && year <= 9999 && month >= 1 && month <= 12);
    tw_assert(day >= 1 && day <= month_length(year, month));
    const int shifted_year = month <= 2 ? year - 1 : year;
    const int shifted_month = month <= 2 ? month + 9 : month - 3; /* March is 0 */
    const int era = shifted_year / 400;
    const int year_of_era = shifted_year % 400;
    const int day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

void tw_date_civil(int32_t days, int *ret_year, int *ret_month, int *ret_day) {
    tw_assert(days >= 0 && days <= DAYS_9999_12_31);
    const int shifted = days + DAYS_TO_1970;
    const int era = shifted / DAYS_PER_ERA;
    const int day_of_era = shifted % DAYS_PER_ERA;
    const int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int shifted_month = (5 * day_of_year + 2) / 153;
    *ret_day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *ret_month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *ret_year = era * 400 + year_of_era + (*ret_month <= 2 ? 1 : 0);
}

int tw_date_day_of_year(int32_t days) {
    int year;
    int month;
    int day;
    tw_date_civil(days, &year, &month, &day);
    return days - tw_date_from_civil(year, 1, 1) + 1;
}

/* Value of `count` digits, or -1. */
static int read_digits(const char *text, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool tw_date_parse(const char *text, int32_t *ret_days) {
    const int year = read_digits(text, 4);
    if (year < 1970 || text[4] != '-') {
        return false;
    }
    const int month = read_digits(text + 5, 2);
    if (month < 1 || month > 12 || text[7] != '-') {
        return false;
    }
    const int day = read_digits(text + 8, 2);
    if (day < 1 || day > month_length(year, month) || text[10] != '\0') {
        return false;
    }
    *ret_days = tw_date_from_civil(year, month, day);
    return true;
}

static void write_digits(char *out, int count, int value) {
    for (int i = count - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

const char *tw_date_text(int32_t days, char buffer[TW_DATE_TEXT_SIZE]) {
    int year;
    int month;
    int day;
    tw_date_civil(days, &year, &month, &day);
    write_digits(buffer, 4, year);
    buffer[4] = '-';
    write_digits(buffer + 5, 2, month);
    buffer[7] = '-';
    write_digits(buffer + 8, 2, day);
    buffer[10] = '\0';
    return buffer;
}
