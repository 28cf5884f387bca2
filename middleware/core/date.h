/* Business dates: civil dates without time or zone, as days since 1970-01-01. ISO 8601 text.
 * A business date comes from a database row, never from a clock. */
#ifndef TW_CORE_DATE_H
#define TW_CORE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#define TW_DATE_TEXT_SIZE 11

/* "2026-11-20"; refuses what the calendar does not have. Years 1970 to 9999. */
bool tw_date_parse(const char *text, int32_t *ret_days);
const char *tw_date_text(int32_t days, char buffer[TW_DATE_TEXT_SIZE]);
void tw_date_civil(int32_t days, int *ret_year, int *ret_month, int *ret_day);
int32_t tw_date_from_civil(int year, int month, int day);
int tw_date_day_of_year(int32_t days); /* 1 to 366, for the RRN */

#endif
