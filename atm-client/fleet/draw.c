/*
 * The exponential distribution is -mean * ln(u), with the logarithm in fixed point: the position of
 * the highest bit is the whole part of log2(u), and each squaring of the rest gives one bit more.
 * libm was rejected, because its last digits differ between machines, and with them the draws.
 */
#include "atm-client/fleet/draw.h"

#include <stdlib.h>
#include <string.h>

#include "core/money.h"

#define FRACTION_BITS 16
/* ln(2) with 16 bits after the point. */
#define LN2        INT64_C(45426)
#define TAIL_MEANS 8

struct tw_seeded fleet_draw_seed(int64_t seed, int64_t number) {
    struct tw_seeded random = {.state = (uint64_t)seed};
    random.state = tw_seeded_next(&random) ^ (uint64_t)number;
    (void)tw_seeded_next(&random);
    return random;
}

bool fleet_draw_chance(struct tw_seeded *random, int64_t per_mille) {
    return tw_seeded_below(random, 1000) < per_mille;
}

size_t fleet_draw_weighted(struct tw_seeded *random, const int64_t *weights, size_t count) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i];
    tw_assert(sum > 0);
    int64_t left = tw_seeded_below(random, sum);
    for (size_t i = 0; i < count; i++) {
        if (left < weights[i])
            return i;
        left -= weights[i];
    }
    tw_assert(false);
    return 0;
}

/* log2 of value, with FRACTION_BITS bits after the point; value > 0. */
static int64_t log2_fixed(uint64_t value) {
    int whole = 63 - __builtin_clzll(value);
    /* The rest, 1 <= x < 2, with 31 bits after the point. */
    uint64_t x = whole >= 31 ? value >> (whole - 31) : value << (31 - whole);
    int64_t fraction = 0;
    for (int bit = FRACTION_BITS - 1; bit >= 0; bit--) {
        x = (x * x) >> 31;
        if (x >> 32 != 0) {
            x >>= 1;
            fraction |= INT64_C(1) << bit;
        }
    }
    return ((int64_t)whole << FRACTION_BITS) + fraction;
}

int64_t fleet_draw_wait_ms(struct tw_seeded *random, int64_t mean_ms) {
    uint64_t drawn = tw_seeded_next(random) | 1;
    int64_t bits = ((int64_t)64 << FRACTION_BITS) - log2_fixed(drawn); /* -log2(u) */
    int64_t wait_ms = (mean_ms * ((bits * LN2) >> FRACTION_BITS)) >> FRACTION_BITS;
    return wait_ms < TAIL_MEANS * mean_ms ? wait_ms : TAIL_MEANS * mean_ms;
}

/* Takes a positive number off *text, and the blanks before it. */
static bool take_amount(const char **text, int64_t *ret_amount) {
    const char *from = *text + strspn(*text, " \t");
    char *rest = NULL;
    if (*from < '0' || *from > '9')
        return false;
    *ret_amount = strtoll(from, &rest, 10);
    *text = rest;
    return *ret_amount > 0 && *ret_amount <= TW_AMOUNT_MAX_MINOR / 1000;
}

static bool parse_range(const char *text, int64_t first, struct fleet_amounts *ret_amounts) {
    int64_t most = 0;
    int64_t step = 0;
    if (!take_amount(&text, &most) || *text++ != '/' || !take_amount(&text, &step) ||
        *text != '\0' || most < first || (most - first) % step != 0)
        return false;
    *ret_amounts =
        (struct fleet_amounts){.least = first, .step = step, .steps = (most - first) / step + 1};
    return true;
}

static bool parse_list(const char *text, int64_t first, struct fleet_amounts *ret_amounts) {
    *ret_amounts = (struct fleet_amounts){.count = 1, .list = {first}};
    while (*text != '\0') {
        if (ret_amounts->count == FLEET_AMOUNTS_MAX || (*text != ' ' && *text != '\t') ||
            !take_amount(&text, &ret_amounts->list[ret_amounts->count]))
            return false;
        ret_amounts->count++;
    }
    return true;
}

struct tw_status fleet_amounts_parse(const char *text, struct fleet_amounts *ret_amounts,
                                     struct tw_error *ret_error) {
    int64_t first = 0;
    if (take_amount(&text, &first) && (*text == '-' ? parse_range(text + 1, first, ret_amounts)
                                                    : parse_list(text, first, ret_amounts)))
        return tw_success();
    return tw_fail(ret_error, TW_E_CONFIG,
                   "neither a range FROM-TO/STEP nor a list of at most %d amounts",
                   FLEET_AMOUNTS_MAX);
}

int64_t fleet_draw_amount(struct tw_seeded *random, const struct fleet_amounts *amounts) {
    if (amounts->steps == 0)
        return amounts->list[tw_seeded_below(random, (int64_t)amounts->count)];
    return amounts->least + amounts->step * tw_seeded_below(random, amounts->steps);
}

int64_t fleet_amounts_most(const struct fleet_amounts *amounts) {
    if (amounts->steps > 0)
        return amounts->least + amounts->step * (amounts->steps - 1);
    int64_t most = 0;
    for (size_t i = 0; i < amounts->count; i++)
        most = amounts->list[i] > most ? amounts->list[i] : most;
    return most;
}
