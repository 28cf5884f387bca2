/* A number on a command line of the benchmark's programs. */
#ifndef BENCH_NUMBER_H
#define BENCH_NUMBER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* False when text is not a whole number between least and most. */
static inline bool bench_take_number(const char *text, int64_t least, int64_t most,
                                     int64_t *ret_number) {
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    *ret_number = number;
    return errno == 0 && end != text && *end == '\0' && number >= least && number <= most;
}

#endif
