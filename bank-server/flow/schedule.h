/* The bank's own times of cut-over: "06:00,14:00", every day, UTC. Pure. */
#ifndef BANK_FLOW_SCHEDULE_H
#define BANK_FLOW_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether one of the times lies after since_ms and not after now_ms (Unix time). "": never. Texts
 * are the database's (bank_cut_over_times_are_times). */
bool bank_schedule_due(const char *times, int64_t since_ms, int64_t now_ms);

#endif
