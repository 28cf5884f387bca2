/* Only the latest moment that is not after now matters: if it is done with, all before it are. So a
 * bank that was down for days, or whose clock jumped ahead, cuts over once. */
#include "flow/schedule.h"

#include <string.h>

#include "core/status.h"

#define DAY_MS    INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)
#define TIME_TEXT 5 /* "06:00" */

static int64_t of_day(const char *time) {
    int64_t hours = (time[0] - '0') * 10 + (time[1] - '0');
    int64_t minutes = (time[3] - '0') * 10 + (time[4] - '0');
    return (hours * 60 + minutes) * MINUTE_MS;
}

bool bank_schedule_due(const char *times, int64_t since_ms, int64_t now_ms) {
    int64_t midnight = now_ms - now_ms % DAY_MS;
    bool due = false;
    for (const char *time = times; *time != '\0';) {
        tw_assert(strlen(time) >= TIME_TEXT && time[2] == ':');
        int64_t moment = midnight + of_day(time);
        moment -= moment > now_ms ? DAY_MS : 0;
        due = due || moment > since_ms;
        time += time[TIME_TEXT] == ',' ? TIME_TEXT + 1 : TIME_TEXT;
    }
    return due;
}
