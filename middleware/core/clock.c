/* The only callers of clock_gettime and getrandom. No buffering of random bytes: a buffer would be
 * shared by a fork, and the system call costs less than a microsecond. */
#include "core/clock.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "core/clock_file.h"
#include "core/status.h"

static int64_t system_monotonic_us(void *context) {
    (void)context;
    struct timespec now;
    tw_assert(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_wall_ms(void *context) {
    (void)context;
    struct timespec now;
    tw_assert(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void system_fill(void *context, void *bytes, size_t length) {
    (void)context;
    unsigned char *next = bytes;
    while (length > 0) {
        const ssize_t got = getrandom(next, length, 0);
        tw_assert(got > 0 || errno == EINTR);
        if (got > 0) {
            next += got;
            length -= (size_t)got;
        }
    }
}

#ifdef TW_CRASH_POINTS

/* Time that a test has let pass stays passed for deadlines, even if the file is set back. */
static int64_t ahead_monotonic_us(void *context) {
    static int64_t most_us = 0;
    int64_t ahead_us = tw_clock_file_ahead_us();
    most_us = ahead_us > most_us ? ahead_us : most_us;
    return system_monotonic_us(context) + most_us;
}

static int64_t ahead_ms(void *context) {
    (void)context;
    return tw_clock_file_ahead_us() / 1000;
}

static int64_t ahead_wall_ms(void *context) {
    return system_wall_ms(context) + ahead_ms(context);
}

#endif

const struct tw_clock *tw_clock_system(void) {
    static const struct tw_clock clock = {
        .monotonic_us = system_monotonic_us,
        .wall_ms = system_wall_ms,
    };
#ifdef TW_CRASH_POINTS
    static const struct tw_clock ahead_clock = {
        .monotonic_us = ahead_monotonic_us,
        .wall_ms = ahead_wall_ms,
        .ahead_ms = ahead_ms,
    };
    if (tw_clock_file_used()) {
        return &ahead_clock;
    }
#endif
    return &clock;
}

const struct tw_random *tw_random_system(void) {
    static const struct tw_random random = {.fill = system_fill};
    return &random;
}
