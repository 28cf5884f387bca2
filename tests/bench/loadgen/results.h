/* What was measured, as one JSON object on a line of standard output. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "load.h"

void bench_print_ready(size_t terminals);
/* backlog: most operations that ever waited for a terminal. */
void bench_print_measured(const struct bench_load *load, int64_t measured_us, size_t backlog);
void bench_print_storming(void);
void bench_print_storm(const struct bench_load *load);

#endif
