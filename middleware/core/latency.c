/*
 * Durations below 64 have a bucket each. Above, octave n > 0 holds [64 << (n - 1), 64 << n) in 64
 * buckets of 1 << (n - 1) microseconds; a bucket answers with its middle.
 */
#include "core/latency.h"

#include <stddef.h>

#define SUB_COUNT (1u << TW_LATENCY_SUB_BITS)

static size_t bucket_of(uint64_t duration_us) {
    if (duration_us < SUB_COUNT) {
        return (size_t)duration_us;
    }
    unsigned top_bit = 63u - (unsigned)__builtin_clzll(duration_us);
    unsigned octave = top_bit - TW_LATENCY_SUB_BITS + 1;
    return ((size_t)octave << TW_LATENCY_SUB_BITS) + (size_t)(duration_us >> (octave - 1)) -
           SUB_COUNT;
}

static int64_t middle_of(size_t bucket) {
    uint64_t octave = bucket >> TW_LATENCY_SUB_BITS;
    uint64_t place = bucket & (SUB_COUNT - 1);
    if (octave == 0) {
        return (int64_t)place;
    }
    uint64_t width = UINT64_C(1) << (octave - 1);
    return (int64_t)((place + SUB_COUNT) * width + width / 2);
}

void tw_latency_record(struct tw_latency *latency, int64_t duration_us) {
    int64_t bounded = duration_us < 0 ? 0 : duration_us;
    bounded = bounded > TW_LATENCY_MAX_US ? TW_LATENCY_MAX_US : bounded;
    latency->buckets[bucket_of((uint64_t)bounded)]++;
    latency->count++;
}

int64_t tw_latency_at(const struct tw_latency *latency, unsigned per_mille) {
    uint64_t wanted = (latency->count * per_mille + 999) / 1000;
    uint64_t seen = 0;
    for (size_t i = 0; i < sizeof latency->buckets / sizeof latency->buckets[0]; i++) {
        seen += latency->buckets[i];
        if (seen >= wanted && seen > 0) {
            return middle_of(i);
        }
    }
    return 0;
}
