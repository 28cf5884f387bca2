/*
 * Chance that a seed repeats (splitmix64): not for keys. Same seed, same draws, on every machine.
 */
#ifndef TW_CORE_SEEDED_H
#define TW_CORE_SEEDED_H

#include <stdint.h>

struct tw_seeded {
    uint64_t state;
};

static inline uint64_t tw_seeded_next(struct tw_seeded *random) {
    uint64_t z = (random->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0..bound-1; bound > 0. */
static inline int64_t tw_seeded_below(struct tw_seeded *random, int64_t bound) {
    return (int64_t)(tw_seeded_next(random) % (uint64_t)bound);
}

#endif
