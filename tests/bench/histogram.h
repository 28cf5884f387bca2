/*
 * Latencies in log-linear buckets, after HdrHistogram: 64 equal buckets per power of two, so that
 * any percentile is within 1.6 percent of the truth and recording is two shifts and an add.
 * Microseconds; what is longer than half an hour counts as half an hour. Zero before first use.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define BENCH_SUB_BITS  6
#define BENCH_OCTAVES   26
#define BENCH_LENGTH_US ((INT64_C(1) << (BENCH_OCTAVES + BENCH_SUB_BITS - 1)) - 1)

struct bench_histogram {
    uint64_t count;
    uint64_t buckets[BENCH_OCTAVES << BENCH_SUB_BITS];
};

void bench_histogram_record(struct bench_histogram *histogram, int64_t duration_us);
/* The duration that per_mille of all recorded ones do not exceed; 0 when nothing was recorded. */
int64_t bench_histogram_at(const struct bench_histogram *histogram, unsigned per_mille);

#endif
