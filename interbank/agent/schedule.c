/* A day has 86400 s: leap seconds do not exist in Unix time. */
#include "agent/schedule.h"

#include <ctype.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

/* "HH:MM" at the front of text; -1: it is not. Milliseconds since midnight. */
static int64_t time_of_day_ms(const char *text) {
    for (int i = 0; i < 5; i++) {
        bool fits = i == 2 ? text[i] == ':' : isdigit((unsigned char)text[i]) != 0;
        if (!fits) {
            return -1;
        }
    }
    int64_t hours = (text[0] - '0') * 10 + (text[1] - '0');
    int64_t minutes = (text[3] - '0') * 10 + (text[4] - '0');
    return hours < 24 && minutes < 60 ? (hours * 60 + minutes) * 60000 : -1;
}

bool agent_schedule_valid(const char *times) {
    while (time_of_day_ms(times) >= 0) {
        if (times[5] == '\0') {
            return true;
        }
        if (times[5] != ',') {
            return false;
        }
        times += 6;
    }
    return false;
}

/* Of today, or else of yesterday. */
static int64_t latest_of_times_ms(const char *times, int64_t now_ms) {
    int64_t midnight_ms = now_ms - now_ms % DAY_MS;
    int64_t latest_ms = -1;
    for (const char *at = times; time_of_day_ms(at) >= 0; at += 6) {
        int64_t candidate_ms = midnight_ms + time_of_day_ms(at);
        candidate_ms -= candidate_ms > now_ms ? DAY_MS : 0;
        latest_ms = candidate_ms > latest_ms ? candidate_ms : latest_ms;
        if (at[5] == '\0') {
            break;
        }
    }
    return latest_ms;
}

int64_t agent_schedule_latest_ms(const char *times, int64_t every_s, int64_t now_ms) {
    if (now_ms < 0) {
        return -1;
    }
    if (every_s > 0) {
        return now_ms - now_ms % (every_s * 1000);
    }
    return times[0] != '\0' ? latest_of_times_ms(times, now_ms) : -1;
}
