/*
 * What holds for every settlement, by thousands of random cases; results are compared with the
 * plainest way to compute them. TW_SEED repeats a run: its number is printed.
 */
#include <stdio.h>
#include <time.h>

#include "netting/judge.h"
#include "support/suite.h"

#define CASES      4000
#define FIRST_CODE 90000001

static struct judge_case one;
static unsigned seed;

static void setup(void) {
    const char *given = getenv("TW_SEED");
    seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    (void)printf("netting: TW_SEED=%u\n", seed);
    (void)fflush(stdout);
}

static int64_t draw(int64_t most) {
    return rand_r(&seed) % (most + 1);
}

/* --- cases ---------------------------------------------------------------------------------- */

static void draw_banks(size_t most) {
    static const int64_t wealth[] = {0, 40, 200, 2000};
    one.bank_count = 1 + (size_t)draw((int64_t)most - 1);
    for (size_t i = 0; i < one.bank_count; i++) {
        one.banks[i] = (struct ib_participant){FIRST_CODE + (int32_t)i * 3, draw(wealth[draw(3)]),
                                               draw(wealth[draw(3)])};
    }
}

static void draw_obligations(void) {
    const int64_t density = 1 + draw(9);
    one.obligation_count = 0;
    for (size_t i = 0; i < one.bank_count; i++) {
        for (size_t j = 0; j < one.bank_count; j++) {
            if (i != j && draw(9) < density) {
                one.obligations[one.obligation_count++] = (struct ib_obligation){
                    one.banks[i].bank_code, one.banks[j].bank_code, draw(200)};
            }
        }
    }
}

static void draw_payments(size_t most) {
    one.payment_count = one.bank_count < 2 ? 0 : (size_t)draw((int64_t)most);
    for (size_t i = 0; i < one.payment_count; i++) {
        const size_t payer = (size_t)draw((int64_t)one.bank_count - 1);
        const size_t step = 1 + (size_t)draw((int64_t)one.bank_count - 2);
        one.payments[i] =
            (struct ib_payment){.number = (int64_t)i * 7 - 11,
                                .priority = (int32_t)draw(2),
                                .payer = one.banks[payer].bank_code,
                                .payee = one.banks[(payer + step) % one.bank_count].bank_code,
                                .amount_minor = 1 + draw(120)};
    }
}

static void draw_case(enum ib_model model, size_t banks, size_t payments) {
    one.model = model;
    one.resort = (enum ib_resort)draw(IB_RESORT_RECAST);
    draw_banks(banks);
    if (model == IB_MODEL_GROSS) {
        draw_payments(payments);
    } else {
        draw_obligations();
    }
}

static void shuffle(void *array, size_t count, size_t size) {
    char *bytes = array;
    char held[64];
    ck_assert_uint_le(size, sizeof held);
    for (size_t i = count; i > 1; i--) {
        const size_t j = (size_t)draw((int64_t)i - 1);
        memcpy(held, bytes + j * size, size);
        memmove(bytes + j * size, bytes + (i - 1) * size, size);
        memcpy(bytes + (i - 1) * size, held, size);
    }
}

static struct ib_plan *settled(void) {
    struct ib_plan *plan = NULL;
    ck_assert(tw_ok(judge_run(&one, &plan)));
    judge_plan(&one, plan);
    return plan;
}

/* --- all models ----------------------------------------------------------------------------- */

START_TEST(every_plan_adds_up_overdraws_nobody_and_ignores_the_order_of_input) {
    size_t complete = 0;
    size_t defaults = 0;
    for (int i = 0; i < CASES; i++) {
        draw_case((enum ib_model)_i, 12, 60);
        struct ib_plan *plan = settled();
        shuffle(one.banks, one.bank_count, sizeof one.banks[0]);
        shuffle(one.obligations, one.obligation_count, sizeof one.obligations[0]);
        shuffle(one.payments, one.payment_count, sizeof one.payments[0]);
        struct ib_plan *again = settled();
        ck_assert(judge_equal(plan, again));
        complete += plan->complete;
        for (size_t j = 0; j < plan->bank_count; j++) {
            defaults += plan->banks[j].defaulted;
        }
        ib_plan_free(plan);
        ib_plan_free(again);
    }
    ck_assert_uint_gt(complete, CASES / 10); /* the cases are of all kinds */
    ck_assert_uint_lt(complete, CASES);
    ck_assert_uint_gt(defaults, 100);
}
END_TEST

/* One payment for each obligation. */
static void pay_obligations(void) {
    one.payment_count = 0;
    for (size_t i = 0; i < one.obligation_count; i++) {
        const struct ib_obligation *owed = &one.obligations[i];
        if (owed->amount_minor > 0) {
            one.payments[one.payment_count++] =
                (struct ib_payment){(int64_t)i, 0, owed->payer, owed->payee, owed->amount_minor};
        }
    }
}

START_TEST(netting_needs_no_more_liquidity_bilaterally_than_gross_and_multilaterally_least) {
    size_t strict = 0;
    for (int i = 0; i < CASES; i++) {
        int64_t liquidity_minor[IB_MODEL_GROSS + 1];
        draw_case(IB_MODEL_MULTILATERAL, 12, 0);
        for (size_t j = 0; j < one.bank_count; j++) {
            one.banks[j].reserve_minor = 1000000;
        }
        pay_obligations();
        for (int model = 0; model <= IB_MODEL_GROSS; model++) {
            one.model = (enum ib_model)model;
            struct ib_plan *plan = settled();
            ck_assert(plan->complete);
            liquidity_minor[model] = plan->liquidity_minor;
            ib_plan_free(plan);
        }
        ck_assert_int_le(liquidity_minor[IB_MODEL_MULTILATERAL],
                         liquidity_minor[IB_MODEL_BILATERAL]);
        ck_assert_int_le(liquidity_minor[IB_MODEL_BILATERAL], liquidity_minor[IB_MODEL_GROSS]);
        strict += liquidity_minor[IB_MODEL_MULTILATERAL] < liquidity_minor[IB_MODEL_BILATERAL];
    }
    ck_assert_uint_gt(strict, CASES / 4);
}
END_TEST

/* --- deferred net --------------------------------------------------------------------------- */

/* What the bank has to pay while `in` take part, from the obligations alone. */
static int64_t plain_due(size_t bank, const bool *in) {
    int64_t pair_minor[IB_NETTING_BANKS_MAX] = {0};
    int64_t due_minor = 0;
    int64_t net_minor = 0;
    for (size_t i = 0; i < one.obligation_count; i++) {
        const struct ib_obligation *owed = &one.obligations[i];
        const bool pays = owed->payer == one.banks[bank].bank_code;
        const bool gets = owed->payee == one.banks[bank].bank_code;
        const int32_t other = ((pays ? owed->payee : owed->payer) - FIRST_CODE) / 3;
        if ((pays || gets) && in[other]) {
            pair_minor[other] += pays ? owed->amount_minor : -owed->amount_minor;
        }
    }
    for (size_t i = 0; i < one.bank_count; i++) {
        net_minor += pair_minor[i];
        due_minor += pair_minor[i] > 0 ? pair_minor[i] : 0;
    }
    if (one.model == IB_MODEL_MULTILATERAL) {
        due_minor = net_minor > 0 ? net_minor : 0;
    }
    return in[bank] ? due_minor : 0;
}

/* Recast, computed anew in each round. */
static void plain_recast(bool *in) {
    for (;;) {
        size_t most = 0;
        int64_t lack_minor = 0;
        for (size_t i = 0; i < one.bank_count; i++) {
            const int64_t lacks_minor =
                plain_due(i, in) - one.banks[i].reserve_minor - one.banks[i].prefunding_minor;
            if (in[i] && lacks_minor > lack_minor) {
                most = i;
                lack_minor = lacks_minor;
            }
        }
        if (lack_minor == 0) {
            return;
        }
        in[most] = false;
    }
}

START_TEST(recast_ends_with_the_banks_that_the_plain_computation_keeps) {
    size_t cascades = 0;
    for (int i = 0; i < CASES; i++) {
        bool in[IB_NETTING_BANKS_MAX];
        size_t out = 0;
        draw_case((enum ib_model)_i, 12, 0);
        one.resort = IB_RESORT_RECAST;
        memset(in, true, sizeof in);
        plain_recast(in);
        struct ib_plan *plan = settled();
        for (size_t j = 0; j < one.bank_count; j++) {
            ck_assert(plan->banks[j].defaulted == !in[j]);
            ck_assert_int_eq(plan->banks[j].debit_minor, plain_due(j, in));
            out += !in[j];
        }
        cascades += out > 1 && out < one.bank_count;
        ib_plan_free(plan);
    }
    ck_assert_uint_gt(cascades, 10);
}
END_TEST

static size_t largest_debtor(void) {
    bool in[IB_NETTING_BANKS_MAX];
    size_t largest = 0;
    memset(in, true, sizeof in);
    for (size_t i = 0; i < one.bank_count; i++) {
        largest = plain_due(i, in) > plain_due(largest, in) ? i : largest;
    }
    return largest;
}

START_TEST(settlement_completes_though_the_largest_debtor_fails) {
    /* Each bank holds, in reserve and prefunding, what it owes to all: its cap bounds that. */
    size_t failed = 0;
    for (int i = 0; i < CASES; i++) {
        draw_case((enum ib_model)_i, 12, 0);
        one.resort = IB_RESORT_RECAST;
        for (size_t j = 0; j < one.bank_count; j++) {
            one.banks[j].reserve_minor = draw(100);
            one.banks[j].prefunding_minor = 200 * (int64_t)one.bank_count;
        }
        const size_t largest = largest_debtor();
        one.banks[largest].reserve_minor = one.banks[largest].prefunding_minor = 0;
        struct ib_plan *plan = settled();
        ck_assert(plan->complete);
        for (size_t j = 0; j < plan->bank_count; j++) {
            ck_assert(!plan->banks[j].defaulted || j == largest);
        }
        for (size_t j = 0; j < plan->excluded_count; j++) {
            ck_assert(plan->excluded[j].payer == one.banks[largest].bank_code ||
                      plan->excluded[j].payee == one.banks[largest].bank_code);
        }
        failed += plan->banks[largest].defaulted;
        ib_plan_free(plan);
    }
    ck_assert_uint_gt(failed, CASES / 2);
}
END_TEST

/* --- gross ---------------------------------------------------------------------------------- */

static int compare_payments(const void *a, const void *b) {
    const struct ib_payment *left = a;
    const struct ib_payment *right = b;
    if (left->priority != right->priority) {
        return left->priority < right->priority ? -1 : 1;
    }
    return (left->number > right->number) - (left->number < right->number);
}

/* Whether the set (bit i: payments[i], which are in order) has gaps in nobody's list and leaves
 * nobody below zero. */
static bool can_settle(unsigned set) {
    struct ib_participant banks[IB_NETTING_BANKS_MAX];
    memcpy(banks, one.banks, sizeof banks);
    for (size_t i = 0; i < one.payment_count; i++) {
        const struct ib_payment *payment = &one.payments[i];
        for (size_t j = 0; j < i; j++) {
            if (one.payments[j].payer == payment->payer && (set >> i & 1) != 0 &&
                (set >> j & 1) == 0) {
                return false;
            }
        }
        if ((set >> i & 1) != 0) {
            judge_bank(banks, one.bank_count, payment->payer)->reserve_minor -=
                payment->amount_minor;
            judge_bank(banks, one.bank_count, payment->payee)->reserve_minor +=
                payment->amount_minor;
        }
    }
    for (size_t i = 0; i < one.bank_count; i++) {
        const int64_t drawable_minor = one.resort == IB_RESORT_NONE ? 0 : banks[i].prefunding_minor;
        if (banks[i].reserve_minor + drawable_minor < 0) {
            return false;
        }
    }
    return true;
}

/* Of all sets that can be settled, the one that holds all others. */
static unsigned largest_set(void) {
    unsigned all = 0;
    for (unsigned set = 0; set < 1U << one.payment_count; set++) {
        all |= can_settle(set) ? set : 0;
    }
    ck_assert(can_settle(all));
    return all;
}

/* Pays single payments only, as long as one can be. */
static size_t count_one_by_one(void) {
    struct ib_participant banks[IB_NETTING_BANKS_MAX];
    bool done[COUNT_OF(one.payments)] = {false};
    size_t count = 0;
    memcpy(banks, one.banks, sizeof banks);
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < one.payment_count && !moved; i++) {
            const struct ib_payment *payment = &one.payments[i];
            bool waits = done[i];
            for (size_t j = 0; j < i; j++) {
                waits = waits || (one.payments[j].payer == payment->payer && !done[j]);
            }
            struct ib_participant *payer = judge_bank(banks, one.bank_count, payment->payer);
            if (!waits && payer->reserve_minor >= payment->amount_minor) {
                payer->reserve_minor -= payment->amount_minor;
                judge_bank(banks, one.bank_count, payment->payee)->reserve_minor +=
                    payment->amount_minor;
                done[i] = moved = true;
                count++;
            }
        }
    }
    return count;
}

START_TEST(gridlock_resolution_settles_the_largest_set_and_more_than_one_by_one) {
    size_t more = 0;
    for (int i = 0; i < CASES / 4; i++) {
        draw_case(IB_MODEL_GROSS, 5, 9);
        one.resort = _i == 0 ? IB_RESORT_NONE : IB_RESORT_PREFUNDING;
        qsort(one.payments, one.payment_count, sizeof one.payments[0], compare_payments);
        const unsigned largest = largest_set();
        struct ib_plan *plan = settled();
        size_t count = 0;
        for (size_t j = 0; j < one.payment_count; j++) {
            for (size_t k = 0; k < plan->payment_count; k++) {
                if (plan->payments[k].number == one.payments[j].number) {
                    const bool done = plan->payments[k].step != IB_STEP_OF_NONE;
                    ck_assert(done == ((largest >> j & 1) != 0));
                    count += done;
                }
            }
        }
        const size_t plain = count_one_by_one();
        ck_assert_uint_ge(count, plain);
        more += count > plain;
        ib_plan_free(plan);
    }
    ck_assert_uint_gt(more, CASES / 100);
}
END_TEST

START_TEST(gross_settlement_with_recast_leaves_only_what_defaulters_pay_or_get) {
    for (int i = 0; i < CASES; i++) {
        draw_case(IB_MODEL_GROSS, 8, 80);
        one.resort = IB_RESORT_RECAST;
        struct ib_plan *plan = settled();
        ck_assert(plan->complete); /* and judge_plan looks whose the excluded ones are */
        ib_plan_free(plan);
    }
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = every_plan_adds_up_overdraws_nobody_and_ignores_the_order_of_input,
         .rows = IB_MODEL_GROSS + 1},
        {.test = netting_needs_no_more_liquidity_bilaterally_than_gross_and_multilaterally_least},
        {.test = recast_ends_with_the_banks_that_the_plain_computation_keeps,
         .rows = IB_MODEL_BILATERAL + 1},
        {.test = settlement_completes_though_the_largest_debtor_fails,
         .rows = IB_MODEL_BILATERAL + 1},
        {.test = gridlock_resolution_settles_the_largest_set_and_more_than_one_by_one, .rows = 2},
        {.test = gross_settlement_with_recast_leaves_only_what_defaulters_pay_or_get},
    };
    return test_main_with("netting properties", tests, COUNT_OF(tests), setup, NULL);
}
