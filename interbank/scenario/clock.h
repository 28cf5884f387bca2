/*
 * The network's simulated clock: a file with an offset in microseconds that every process started
 * by the runner adds to its clocks (TW_CLOCK_FILE). Time only goes forward, and smoothly, so that
 * nobody misses a timer: a hundred times as fast as real time while a scenario waits.
 */
#ifndef SCN_CLOCK_H
#define SCN_CLOCK_H

#include "scenario/base.h"

struct scn_clock {
    char *file;
    int64_t offset_us;
    volatile int64_t *mapped;
};

TW_MUST_USE bool scn_clock_open(struct scn_clock *clock, const char *file);
void scn_clock_close(struct scn_clock *clock);
/* Lets time pass; ends early on a signal, or when until says so (may be NULL). */
void scn_clock_pass(struct scn_clock *clock, int64_t us, bool (*until)(void *context),
                    void *context);

#endif
