/* mix: against brute force over every way to combine notes, with random cassettes. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "atm-client/mix/mix.h"
#include "support/suite.h"

static struct tw_status pick(enum atm_mix_strategy strategy, const struct atm_mix_unit *units,
                             size_t count, int64_t amount_minor, struct atm_mix *ret_mix) {
    return atm_mix_pick(strategy, units, count, amount_minor, ret_mix, NULL);
}

static struct atm_mix_unit unit(int32_t number, int64_t denomination, int64_t remaining) {
    return (struct atm_mix_unit){.number = number,
                                 .denomination_minor = denomination,
                                 .remaining = remaining,
                                 .loaded = remaining,
                                 .usable = true};
}

START_TEST(sixty_from_fifties_and_twenties_is_three_twenties) {
    const struct atm_mix_unit units[] = {unit(1, 5000, 10), unit(2, 2000, 10)};
    struct atm_mix mix;
    ck_assert(tw_ok(pick(ATM_MIX_FEWEST_NOTES, units, 2, 6000, &mix)));
    ck_assert_uint_eq(mix.count, 1);
    ck_assert_int_eq(mix.parts[0].number, 2);
    ck_assert_int_eq(mix.parts[0].notes, 3);
}
END_TEST

START_TEST(forty_notes_are_allowed_and_forty_one_are_not) {
    const struct atm_mix_unit units[] = {unit(1, 1000, 100)};
    struct atm_mix mix;
    ck_assert(tw_ok(pick(ATM_MIX_FEWEST_NOTES, units, 1, 40000, &mix)));
    ck_assert_int_eq(atm_mix_notes(&mix), 40);
    ck_assert_int_eq(pick(ATM_MIX_FEWEST_NOTES, units, 1, 41000, &mix).code, TW_E_NOT_FOUND);
}
END_TEST

START_TEST(faulty_and_empty_cassettes_are_skipped) {
    struct atm_mix_unit units[] = {unit(1, 5000, 10), unit(2, 5000, 0), unit(3, 5000, 10)};
    struct atm_mix mix;
    units[0].usable = false;
    ck_assert(tw_ok(pick(ATM_MIX_FEWEST_NOTES, units, 3, 10000, &mix)));
    ck_assert_uint_eq(mix.count, 1);
    ck_assert_int_eq(mix.parts[0].number, 3);
}
END_TEST

START_TEST(equal_emptying_takes_from_the_fuller_cassette) {
    struct atm_mix_unit units[] = {unit(1, 2000, 10), unit(2, 2000, 90)};
    struct atm_mix mix;
    units[0].loaded = 100;
    units[1].loaded = 100;
    ck_assert(tw_ok(pick(ATM_MIX_EQUAL_EMPTYING, units, 2, 10000, &mix)));
    ck_assert_uint_eq(mix.count, 1);
    ck_assert_int_eq(mix.parts[0].number, 2);
}
END_TEST

static const struct {
    int64_t denomination;
    int64_t remaining;
    int64_t amount;
} nonsense[] = {
    {2000, 10, 0},   {2000, 10, -2000},  {2000, 10, 2001},        {0, 10, 2000},
    {-5, 10, 2000},  {2000, -1, 2000},   {2000, 10, INT64_MAX},   {1, 10, 2000},
    {2000, 0, 2000}, {INT64_MAX, 10, 1}, {2000, INT64_MAX, 2000},
};

START_TEST(nonsense_is_refused) {
    const struct atm_mix_unit units[] = {
        unit(1, nonsense[_i].denomination, nonsense[_i].remaining)};
    struct atm_mix mix;
    ck_assert(!tw_ok(pick(ATM_MIX_FEWEST_NOTES, units, 1, nonsense[_i].amount, &mix)));
    ck_assert(!tw_ok(pick(ATM_MIX_FEWEST_NOTES, units, 0, 2000, &mix)));
}
END_TEST

struct brute {
    enum atm_mix_strategy strategy;
    const struct atm_mix_unit *units;
    size_t count;
    int64_t amount;
    int64_t best_cost;
    int64_t best_notes;
    bool found;
};

/* Every combination of at most three cassettes, by plain loops. */
static void try_all(struct brute *brute) {
    int64_t take[3];
    int64_t most[3] = {0, 0, 0};
    for (size_t i = 0; i < brute->count; i++)
        if (brute->units[i].usable)
            most[i] = brute->units[i].remaining;
    for (take[0] = 0; take[0] <= most[0]; take[0]++)
        for (take[1] = 0; take[1] <= most[1]; take[1]++)
            for (take[2] = 0; take[2] <= most[2]; take[2]++) {
                int64_t amount = 0;
                int64_t cost = 0;
                int64_t notes = 0;
                for (size_t i = 0; i < brute->count; i++) {
                    amount += take[i] * brute->units[i].denomination_minor;
                    notes += take[i];
                    if (take[i] > 0)
                        cost += atm_mix_cost(brute->strategy, &brute->units[i], take[i]);
                }
                if (amount != brute->amount || notes > ATM_MIX_NOTES_MAX)
                    continue;
                if (!brute->found || cost < brute->best_cost ||
                    (cost == brute->best_cost && notes < brute->best_notes)) {
                    brute->found = true;
                    brute->best_cost = cost;
                    brute->best_notes = notes;
                }
            }
}

static void check_against_brute_force(enum atm_mix_strategy strategy, unsigned *seed) {
    static const int64_t denominations[] = {500, 1000, 2000, 5000, 10000, 20000, 700};
    struct atm_mix_unit units[3];
    const size_t count = 1 + (size_t)rand_r(seed) % 3;
    for (size_t i = 0; i < count; i++) {
        units[i] = unit((int32_t)i + 1, denominations[(size_t)rand_r(seed) % 7], rand_r(seed) % 25);
        units[i].loaded = units[i].remaining + rand_r(seed) % 25;
        units[i].usable = rand_r(seed) % 8 != 0;
    }
    struct brute brute = {.strategy = strategy,
                          .units = units,
                          .count = count,
                          .amount = INT64_C(100) * (1 + rand_r(seed) % 800)};
    try_all(&brute);
    struct atm_mix mix = {0};
    const struct tw_status status = pick(strategy, units, count, brute.amount, &mix);
    ck_assert_int_eq(tw_ok(status), brute.found);
    if (!brute.found)
        return;
    int64_t cost = 0;
    for (size_t i = 0; i < mix.count; i++)
        cost += atm_mix_cost(strategy, &units[mix.parts[i].number - 1], mix.parts[i].notes);
    ck_assert_int_eq(atm_mix_amount(&mix), brute.amount);
    ck_assert_int_eq(cost, brute.best_cost);
    ck_assert_int_eq(atm_mix_notes(&mix), brute.best_notes);
}

START_TEST(mix_is_as_good_as_brute_force) {
    const char *given = getenv("TW_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    (void)printf("mix: TW_SEED=%u\n", seed);
    (void)fflush(stdout);
    for (int i = 0; i < 400; i++)
        check_against_brute_force((enum atm_mix_strategy)_i, &seed);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = sixty_from_fifties_and_twenties_is_three_twenties},
        {.test = forty_notes_are_allowed_and_forty_one_are_not},
        {.test = faulty_and_empty_cassettes_are_skipped},
        {.test = equal_emptying_takes_from_the_fuller_cassette},
        {.test = nonsense_is_refused, .rows = COUNT_OF(nonsense)},
        {.test = mix_is_as_good_as_brute_force, .rows = ATM_MIX_STRATEGY_COUNT},
    };
    return test_main("mix", tests, COUNT_OF(tests));
}
