/*
 * The note mix: which notes from which cassettes make up an amount.
 *
 * Three strategies, all exact by bounded dynamic programming (never greedy: 60 from {50,20} is
 * 3 x 20): fewest notes; equal emptying, which keeps the cassettes' emptied shares alike and
 * takes fewest notes among equals; or small notes, as many as a stacker holds. At most
 * ATM_MIX_NOTES_MAX notes; cassettes that are faulty or empty are skipped. Amounts are minor units
 * of one currency. Pure: no state, no allocation left behind, thread-safe.
 */
#ifndef ATM_MIX_MIX_H
#define ATM_MIX_MIX_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

#define ATM_CASSETTES_MAX 8
#define ATM_MIX_NOTES_MAX 40 /* what a stacker holds */

enum atm_mix_strategy {
    ATM_MIX_FEWEST_NOTES,
    ATM_MIX_EQUAL_EMPTYING,
    ATM_MIX_SMALL_NOTES,
    ATM_MIX_STRATEGY_COUNT
};

/* A cassette as the mix sees it. */
struct atm_mix_unit {
    int32_t number;
    bool usable; /* false: faulty, missing or of another currency */
    int64_t denomination_minor;
    int64_t remaining;
    int64_t loaded; /* notes it held when full; weighs equal emptying */
};

/* Notes of one cassette. */
struct atm_mix_part {
    int32_t number;
    int64_t denomination_minor;
    int64_t notes;
};

struct atm_mix {
    size_t count; /* parts with notes > 0, by cassette order */
    struct atm_mix_part parts[ATM_CASSETTES_MAX];
};

/* NOT_FOUND when no mix of the usable notes makes the amount; USAGE errors for nonsense input. */
struct tw_status atm_mix_pick(enum atm_mix_strategy strategy, const struct atm_mix_unit *units,
                              size_t unit_count, int64_t amount_minor, struct atm_mix *ret_mix,
                              struct tw_error *ret_error);

const char *atm_mix_strategy_name(enum atm_mix_strategy strategy); /* "fewest", "equal", "small" */
bool atm_mix_strategy_find(const char *name, enum atm_mix_strategy *ret_strategy);

int64_t atm_mix_amount(const struct atm_mix *mix);
int64_t atm_mix_notes(const struct atm_mix *mix);
/* What the strategy minimises, before note count: exposed so that tests can compare. */
int64_t atm_mix_cost(enum atm_mix_strategy strategy, const struct atm_mix_unit *unit,
                     int64_t notes);

#endif
