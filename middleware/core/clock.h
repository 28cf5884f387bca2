/*
 * The clock and the random source, injected: nothing else in the project reads them, so that a
 * test or a simulation can own time. `tw_clock_system()` and `tw_random_system()` are the real
 * ones; in test builds the clock may be ahead of real time by what a file says (clock_file.h).
 */
#ifndef TW_CORE_CLOCK_H
#define TW_CORE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct tw_clock {
    int64_t (*monotonic_us)(void *context); /* never goes back; for deadlines and durations */
    int64_t (*wall_ms)(void *context);      /* Unix time; for certificates, tokens and logs only */
    /* How far it is ahead of real time on purpose, and may jump further at any moment; NULL: a
     * clock that goes by itself. What asks another clock, a database's, adds this to it. */
    int64_t (*ahead_ms)(void *context);
    void *context;
};

struct tw_random {
    void (*fill)(void *context, void *bytes, size_t length); /* cryptographic strength */
    void *context;
};

const struct tw_clock *tw_clock_system(void);
const struct tw_random *tw_random_system(void);

static inline int64_t tw_now_us(const struct tw_clock *clock) {
    return clock->monotonic_us(clock->context);
}

static inline int64_t tw_wall_ms(const struct tw_clock *clock) {
    return clock->wall_ms(clock->context);
}

static inline int64_t tw_ahead_ms(const struct tw_clock *clock) {
    return clock->ahead_ms != NULL ? clock->ahead_ms(clock->context) : 0;
}

#endif
