/*
 * When a network is cut over by itself: at times of day, or at every multiple of an interval, UTC.
 * Only the latest such time matters: however many passed while nobody looked, or when a clock
 * jumped, one cut-over makes up for them. Whether a time was acted upon already is in the database.
 * Pure.
 */
#ifndef AGENT_SCHEDULE_H
#define AGENT_SCHEDULE_H

#include "core/status.h"

#include <stdint.h>

/* times: "06:00,14:00,22:00", or ""; every_s: 0: none. The latest time of the schedule that is not
 * after now_ms (Unix time); -1 when there is no schedule. */
int64_t agent_schedule_latest_ms(const char *times, int64_t every_s, int64_t now_ms);

/* Is this a list of times as agent_schedule_latest_ms reads it? */
TW_MUST_USE bool agent_schedule_valid(const char *times);

#endif
