/*
 * Mode ceiling: options->lanes connections, a thread each, that do nothing but batches
 * (bare_batch.h), for the warm-up and the measured time. What this reaches is what PostgreSQL and
 * libpq leave to an engine on this machine.
 */
#ifndef BENCH_ENGINE_CEILING_H
#define BENCH_ENGINE_CEILING_H

#include "bank.h"

struct tw_status bench_ceiling_run(const struct bench_options *options,
                                   const struct bench_bank *bank, struct bench_result *ret_result,
                                   struct tw_error *ret_error);

#endif
