/*
 * Durations below 64 have a bucket each. Above, octave n > 0 holds [64 << (n - 1), 64 << n) in 64
 * buckets of 1 << (n - 1) microseconds; a bucket answers with its middle.
 */
#include "histogram.h"

#include <stddef.h>

#define SUB_COUNT (1u << BENCH_SUB_BITS)

static size_t bucket_of(uint64_t duration_us) {
    if (duration_us < SUB_COUNT) {
        return (size_t)duration_us;
    }
    unsigned top_bit = 63u - (unsigned)__builtin_clzll(duration_us);
    unsigned octave = top_bit - BENCH_SUB_BITS + 1;
    return ((size_t)octave << BENCH_SUB_BITS) + (size_t)(duration_us >> (octave - 1)) - SUB_COUNT;
}

static int64_t middle_of(size_t bucket) {
    uint64_t octave = bucket >> BENCH_SUB_BITS;
    uint64_t place = bucket & (SUB_COUNT - 1);
    if (octave == 0) {
        return (int64_t)place;
    }
    uint64_t width = UINT64_C(1) << (octave - 1);
    return (int64_t)((place + SUB_COUNT) * width + width / 2);
}

void bench_histogram_record(struct bench_histogram *histogram, int64_t duration_us) {
    int64_t bounded = duration_us < 0 ? 0 : duration_us;
    bounded = bounded > BENCH_LENGTH_US ? BENCH_LENGTH_US : bounded;
    histogram->buckets[bucket_of((uint64_t)bounded)]++;
    histogram->count++;
}

int64_t bench_histogram_at(const struct bench_histogram *histogram, unsigned per_mille) {
    uint64_t wanted = (histogram->count * per_mille + 999) / 1000;
    uint64_t seen = 0;
    for (size_t i = 0; i < sizeof histogram->buckets / sizeof histogram->buckets[0]; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted && seen > 0) {
            return middle_of(i);
        }
    }
    return 0;
}
