/*
 * The command line of engineload, and what either mode measures. Amounts in minor units, times in
 * seconds where it says so. Texts are argv's. Single-threaded.
 */
#ifndef BENCH_ENGINE_OPTIONS_H
#define BENCH_ENGINE_OPTIONS_H

#include <stdint.h>

#include "core/latency.h"

enum bench_mode { BENCH_ENGINE, BENCH_CEILING };

struct bench_options {
    enum bench_mode mode;
    const char *conninfo; /* as role tw_bank */
    const char *keyring;
    int64_t batch, lanes, depth;
    int64_t measured_s, warm_up_s;
    int64_t amount, first_stan, seed;
};

struct bench_result {
    struct tw_latency latency; /* of transfers (engine) or of batches (ceiling) */
    uint64_t transfers, batches;
    int64_t measured_us;
    int64_t cpu_us; /* of this process, user and system, while it was measured */
    int64_t next_stan;
};

/* -1: go on; else the exit status, and the reason or the help was printed. */
int bench_options_read(int argc, char **argv, struct bench_options *ret_options);
/* One JSON object on standard output. */
void bench_result_print(const struct bench_options *options, const struct bench_result *result);

#endif
