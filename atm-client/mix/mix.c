/*
 * Dynamic programming over (amount in steps of the denominations' gcd) x (notes used), one layer
 * per cassette. The note count is a dimension of its own because of the 40-note bound: under equal
 * emptying the cheapest way to a partial amount may use too many notes to be completed. The table
 * holds, per cassette and cell, how many notes of that cassette the best way takes; walking it
 * backwards gives the mix. Cells are bounded (ATM_MIX_STEPS_MAX), so is the work.
 *
 * Greedy was rejected because it is wrong, branch-and-bound because its worst case is not bounded.
 */
#include "atm-client/mix/mix.h"

#include <stdlib.h>
#include <string.h>

#include "atm-client/text/message.h"

#define ATM_MIX_STEPS_MAX 4096
#define COST_SCALE        INT64_C(1000000)
#define COST_NONE         INT64_MAX
#define WIDTH             (ATM_MIX_NOTES_MAX + 1)

struct search {
    enum atm_mix_strategy strategy;
    size_t unit_count;
    struct atm_mix_unit units[ATM_CASSETTES_MAX];
    int64_t step_minor;
    size_t steps;    /* amount in steps */
    int64_t *cost;   /* [steps + 1][WIDTH], best cost with the cassettes so far */
    int64_t *next;   /* the layer being built */
    uint8_t *choice; /* [unit_count][steps + 1][WIDTH], notes taken from that cassette */
};

static void search_clear(struct search *search) {
    free(search->cost);
    free(search->next);
    free(search->choice);
}

static int64_t gcd(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

int64_t atm_mix_cost(enum atm_mix_strategy strategy, const struct atm_mix_unit *unit,
                     int64_t notes) {
    if (strategy == ATM_MIX_FEWEST_NOTES)
        return 0;
    if (strategy == ATM_MIX_SMALL_NOTES)
        return -notes;
    int64_t full = unit->loaded > unit->remaining ? unit->loaded : unit->remaining;
    int64_t emptied = full - unit->remaining;
    /* Growth of emptied^2/full: its sum is least when the emptied shares are alike. */
    return notes * (2 * emptied + notes) * COST_SCALE / full;
}

/* Keeps the cassettes that can give notes, and finds the step of their denominations. */
static struct tw_status admit_units(struct search *search, const struct atm_mix_unit *units,
                                    size_t unit_count, struct tw_error *ret_error) {
    for (size_t i = 0; i < unit_count; i++) {
        if (!units[i].usable || units[i].remaining <= 0)
            continue;
        if (units[i].denomination_minor <= 0 || units[i].remaining > INT32_MAX ||
            units[i].loaded > INT32_MAX)
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "cassette %d: impossible counters",
                           (int)units[i].number);
        search->units[search->unit_count++] = units[i];
        search->step_minor = gcd(units[i].denomination_minor, search->step_minor);
    }
    if (search->unit_count == 0)
        return tw_fail(ret_error, TW_E_NOT_FOUND, "%s", ATM_SAY(NO_CASH));
    return tw_success();
}

static struct tw_status size_table(struct search *search, int64_t amount_minor,
                                   struct tw_error *ret_error) {
    int64_t largest = 0;
    for (size_t i = 0; i < search->unit_count; i++)
        if (search->units[i].denomination_minor > largest)
            largest = search->units[i].denomination_minor;
    tw_assert(search->step_minor > 0 && largest > 0);
    if (amount_minor % search->step_minor != 0 || amount_minor / largest > ATM_MIX_NOTES_MAX)
        return tw_fail(ret_error, TW_E_NOT_FOUND, "%s", ATM_SAY(AMOUNT_NOT_MADE));
    if (amount_minor / search->step_minor > ATM_MIX_STEPS_MAX)
        return tw_fail(ret_error, TW_E_NOT_FOUND, "%s", ATM_SAY(AMOUNT_TOO_LARGE));
    search->steps = (size_t)(amount_minor / search->step_minor);
    size_t cells = (search->steps + 1) * WIDTH;
    search->cost = calloc(cells, sizeof *search->cost);
    search->next = calloc(cells, sizeof *search->next);
    search->choice = calloc(search->unit_count, cells);
    if (search->cost == NULL || search->next == NULL || search->choice == NULL)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for the note mix");
    for (size_t i = 0; i < cells; i++)
        search->cost[i] = COST_NONE;
    search->cost[0] = 0;
    return tw_success();
}

/* All ways to extend one reached cell by notes of cassette `u`. */
static void extend_cell(struct search *search, size_t u, size_t step, size_t used) {
    const struct atm_mix_unit *unit = &search->units[u];
    size_t per_note = (size_t)(unit->denomination_minor / search->step_minor);
    size_t cells = (search->steps + 1) * WIDTH;
    int64_t base = search->cost[step * WIDTH + used];
    for (size_t notes = 0; used + notes <= ATM_MIX_NOTES_MAX; notes++) {
        size_t reached = step + notes * per_note;
        if ((int64_t)notes > unit->remaining || reached > search->steps)
            break;
        size_t cell = reached * WIDTH + used + notes;
        int64_t cost = base + atm_mix_cost(search->strategy, unit, (int64_t)notes);
        if (cost < search->next[cell]) {
            search->next[cell] = cost;
            search->choice[u * cells + cell] = (uint8_t)notes;
        }
    }
}

static void run_layers(struct search *search) {
    size_t cells = (search->steps + 1) * WIDTH;
    for (size_t u = 0; u < search->unit_count; u++) {
        for (size_t i = 0; i < cells; i++)
            search->next[i] = COST_NONE;
        for (size_t step = 0; step <= search->steps; step++)
            for (size_t used = 0; used < WIDTH; used++)
                if (search->cost[step * WIDTH + used] != COST_NONE)
                    extend_cell(search, u, step, used);
        int64_t *finished = search->next;
        search->next = search->cost;
        search->cost = finished;
    }
}

/* The cheapest final cell; among equals the one with fewest notes, found first. */
static bool best_note_count(const struct search *search, size_t *ret_used) {
    const int64_t *row = &search->cost[search->steps * WIDTH];
    int64_t best = COST_NONE;
    for (size_t used = 0; used < WIDTH; used++) {
        if (row[used] < best) {
            best = row[used];
            *ret_used = used;
        }
    }
    return best != COST_NONE;
}

static void walk_back(const struct search *search, size_t used, struct atm_mix *ret_mix) {
    size_t cells = (search->steps + 1) * WIDTH;
    size_t step = search->steps;
    struct atm_mix backwards = {0};
    for (size_t u = search->unit_count; u-- > 0;) {
        const struct atm_mix_unit *unit = &search->units[u];
        size_t notes = search->choice[u * cells + step * WIDTH + used];
        if (notes > 0)
            backwards.parts[backwards.count++] = (struct atm_mix_part){
                .number = unit->number,
                .denomination_minor = unit->denomination_minor,
                .notes = (int64_t)notes,
            };
        step -= notes * (size_t)(unit->denomination_minor / search->step_minor);
        used -= notes;
    }
    tw_assert(step == 0 && used == 0);
    *ret_mix = (struct atm_mix){.count = backwards.count};
    for (size_t i = 0; i < backwards.count; i++)
        ret_mix->parts[i] = backwards.parts[backwards.count - 1 - i];
}

static struct tw_status run_search(struct search *search, const struct atm_mix_unit *units,
                                   size_t unit_count, int64_t amount_minor, struct atm_mix *ret_mix,
                                   struct tw_error *ret_error) {
    size_t used = 0;
    struct tw_status status = admit_units(search, units, unit_count, ret_error);
    if (tw_ok(status))
        status = size_table(search, amount_minor, ret_error);
    if (!tw_ok(status))
        return status;
    run_layers(search);
    if (!best_note_count(search, &used))
        return tw_fail(ret_error, TW_E_NOT_FOUND, "%s", ATM_SAY(AMOUNT_NOT_MADE));
    walk_back(search, used, ret_mix);
    tw_assert(atm_mix_amount(ret_mix) == amount_minor);
    return tw_success();
}

struct tw_status atm_mix_pick(enum atm_mix_strategy strategy, const struct atm_mix_unit *units,
                              size_t unit_count, int64_t amount_minor, struct atm_mix *ret_mix,
                              struct tw_error *ret_error) {
    if (amount_minor <= 0)
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "amount is not positive");
    if (unit_count > ATM_CASSETTES_MAX)
        return tw_fail(ret_error, TW_E_TOO_LARGE, "more than %d cassettes", ATM_CASSETTES_MAX);
    struct search search = {.strategy = strategy};
    struct tw_status status =
        run_search(&search, units, unit_count, amount_minor, ret_mix, ret_error);
    search_clear(&search);
    return status;
}

static const char *const strategy_names[] = {"fewest", "equal", "small"};

const char *atm_mix_strategy_name(enum atm_mix_strategy strategy) {
    return strategy_names[strategy];
}

bool atm_mix_strategy_find(const char *name, enum atm_mix_strategy *ret_strategy) {
    for (int i = 0; i < ATM_MIX_STRATEGY_COUNT; i++) {
        if (strcmp(strategy_names[i], name) == 0) {
            *ret_strategy = (enum atm_mix_strategy)i;
            return true;
        }
    }
    return false;
}

int64_t atm_mix_amount(const struct atm_mix *mix) {
    int64_t amount_minor = 0;
    for (size_t i = 0; i < mix->count; i++)
        amount_minor += mix->parts[i].notes * mix->parts[i].denomination_minor;
    return amount_minor;
}

int64_t atm_mix_notes(const struct atm_mix *mix) {
    int64_t notes = 0;
    for (size_t i = 0; i < mix->count; i++)
        notes += mix->parts[i].notes;
    return notes;
}
