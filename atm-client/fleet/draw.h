/*
 * Draws of a fleet: what customers do, when, and how much. Each terminal draws from a seed of its
 * own, so what one does depends neither on the others nor on how fast the banks answer; same seed,
 * same draws, on every machine. Not for keys. Amounts are minor units, times milliseconds.
 */
#ifndef ATM_FLEET_DRAW_H
#define ATM_FLEET_DRAW_H

#include <stdbool.h>

#include "core/seeded.h"
#include "core/status.h"

#define FLEET_AMOUNTS_MAX 16

/* "2000-20000/1000" (from, to, in steps of), or "2000 5000 10000" (one of them). */
struct fleet_amounts {
    int64_t least, step;
    int64_t steps; /* a range: 1 plus the number of steps; 0: a list */
    size_t count;
    int64_t list[FLEET_AMOUNTS_MAX];
};

/* The chance of terminal `number` under this seed. */
struct tw_seeded fleet_draw_seed(int64_t seed, int64_t number);
bool fleet_draw_chance(struct tw_seeded *random, int64_t per_mille);
/* Index of one of `count` weights; their sum is not 0. */
size_t fleet_draw_weighted(struct tw_seeded *random, const int64_t *weights, size_t count);
/* Exponentially distributed with this mean, cut off at eight times the mean. */
int64_t fleet_draw_wait_ms(struct tw_seeded *random, int64_t mean_ms);

/* CONFIG: not a list or range of positive amounts. */
struct tw_status fleet_amounts_parse(const char *text, struct fleet_amounts *ret_amounts,
                                     struct tw_error *ret_error);
int64_t fleet_draw_amount(struct tw_seeded *random, const struct fleet_amounts *amounts);
/* The largest that can be drawn. */
int64_t fleet_amounts_most(const struct fleet_amounts *amounts);

#endif
