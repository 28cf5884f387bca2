/*
 * Latencies in log-linear buckets, after HdrHistogram: 64 equal buckets per power of two, so that
 * any percentile is within 1.6 percent of the truth and recording is two shifts and an add.
 * Microseconds; what is longer than half an hour counts as half an hour. Zero before first use.
 */
#ifndef TW_CORE_LATENCY_H
#define TW_CORE_LATENCY_H

#include <stdint.h>

#define TW_LATENCY_SUB_BITS 6
#define TW_LATENCY_OCTAVES  26
#define TW_LATENCY_MAX_US   ((INT64_C(1) << (TW_LATENCY_OCTAVES + TW_LATENCY_SUB_BITS - 1)) - 1)

struct tw_latency {
    uint64_t count;
    uint64_t buckets[TW_LATENCY_OCTAVES << TW_LATENCY_SUB_BITS];
};

void tw_latency_record(struct tw_latency *latency, int64_t duration_us);
/* The duration that per_mille of all recorded ones do not exceed; 0 when nothing was recorded. */
int64_t tw_latency_at(const struct tw_latency *latency, unsigned per_mille);

#endif
