/* The gross queue: order, gridlock and its resolution, by hand-computed numbers. */
#include "netting/judge.h"
#include "support/suite.h"

enum { A = 90000001, B, C, D };

static struct judge_case one;

static void set_banks(enum ib_resort resort, size_t count) {
    one = (struct judge_case){.model = IB_MODEL_GROSS, .resort = resort, .bank_count = count};
    for (size_t i = 0; i < count; i++) {
        one.banks[i].bank_code = A + (int32_t)i;
    }
}

static void fund(int32_t bank, int64_t reserve_minor, int64_t prefunding_minor) {
    one.banks[bank - A].reserve_minor = reserve_minor;
    one.banks[bank - A].prefunding_minor = prefunding_minor;
}

/* Numbers go up by one from 1. */
static void pays(int32_t payer, int32_t payee, int64_t amount_minor) {
    const size_t at = one.payment_count++;
    one.payments[at] = (struct ib_payment){
        .number = (int64_t)at + 1, .payer = payer, .payee = payee, .amount_minor = amount_minor};
}

static struct ib_plan *settled(void) {
    struct ib_plan *plan = NULL;
    ck_assert(tw_ok(judge_run(&one, &plan)));
    judge_plan(&one, plan);
    return plan;
}

static void expect_step(const struct ib_plan *plan, int64_t number, enum ib_step_kind kind,
                        size_t step) {
    const struct ib_plan_payment *fate = &plan->payments[number - 1];
    ck_assert_int_eq(fate->number, number);
    ck_assert_uint_eq(fate->step, step);
    ck_assert_int_eq(plan->steps[step].kind, kind);
}

static void expect_queued(const struct ib_plan *plan, int64_t number) {
    ck_assert(plan->payments[number - 1].step == IB_STEP_OF_NONE);
}

START_TEST(money_that_goes_round_settles_payments_one_by_one) {
    set_banks(IB_RESORT_NONE, 3);
    fund(A, 100, 0);
    pays(C, A, 100);
    pays(B, C, 100);
    pays(A, B, 100);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    expect_step(plan, 3, IB_STEP_SINGLE, 0);
    expect_step(plan, 2, IB_STEP_SINGLE, 1);
    expect_step(plan, 1, IB_STEP_SINGLE, 2);
    ck_assert_int_eq(plan->liquidity_minor, 300);
    ck_assert_int_eq(plan->efficiency_bp, 0);
    ib_plan_free(plan);
}
END_TEST

START_TEST(large_payment_is_not_overtaken_by_its_payers_later_ones) {
    set_banks(IB_RESORT_NONE, 3);
    fund(A, 50, 0);
    pays(A, B, 60);
    pays(A, C, 10);
    struct ib_plan *plan = settled();
    ck_assert(!plan->complete);
    expect_queued(plan, 1);
    expect_queued(plan, 2);
    ck_assert_int_eq(plan->banks[0].shortfall_minor, 20);
    ck_assert_int_eq(plan->excluded_minor, 70);
    ib_plan_free(plan);
}
END_TEST

START_TEST(priority_goes_before_arrival) {
    set_banks(IB_RESORT_NONE, 3);
    fund(A, 50, 0);
    pays(A, B, 60);
    pays(A, C, 10);
    one.payments[0].priority = 5;
    one.payments[1].priority = 1;
    struct ib_plan *plan = settled();
    expect_queued(plan, 1);
    expect_step(plan, 2, IB_STEP_SINGLE, 0);
    ib_plan_free(plan);
}
END_TEST

START_TEST(first_of_those_that_can_be_paid_goes_first_whoever_pays) {
    set_banks(IB_RESORT_NONE, 3);
    fund(A, 50, 0);
    fund(B, 50, 0);
    fund(C, 50, 0);
    pays(C, A, 10);
    pays(A, B, 10);
    pays(B, C, 10);
    one.payments[2].priority = -1;
    struct ib_plan *plan = settled();
    expect_step(plan, 3, IB_STEP_SINGLE, 0);
    expect_step(plan, 1, IB_STEP_SINGLE, 1);
    expect_step(plan, 2, IB_STEP_SINGLE, 2);
    ib_plan_free(plan);
}
END_TEST

START_TEST(opposite_payments_settle_by_their_difference) {
    set_banks(IB_RESORT_NONE, 2);
    fund(B, 30, 0);
    pays(A, B, 70);
    pays(B, A, 100);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    expect_step(plan, 1, IB_STEP_BILATERAL, 0);
    expect_step(plan, 2, IB_STEP_BILATERAL, 0);
    ck_assert_uint_eq(plan->movement_count, 2);
    ck_assert_int_eq(plan->movements[0].bank_code, B);
    ck_assert_int_eq(plan->movements[0].counterparty, A);
    ck_assert_int_eq(plan->movements[0].reserve_minor, -30);
    ck_assert_int_eq(plan->movements[1].bank_code, A);
    ck_assert_int_eq(plan->movements[1].reserve_minor, 30);
    ck_assert_int_eq(plan->settled_minor, 170);
    ib_plan_free(plan);
}
END_TEST

START_TEST(difference_that_nobody_has_stays_queued) {
    set_banks(IB_RESORT_NONE, 2);
    fund(B, 29, 0);
    pays(A, B, 70);
    pays(B, A, 100);
    struct ib_plan *plan = settled();
    ck_assert_uint_eq(plan->step_count, 0);
    ck_assert_int_eq(plan->banks[1].shortfall_minor, 1);
    ck_assert_int_eq(plan->banks[0].shortfall_minor, 0);
    ib_plan_free(plan);
}
END_TEST

START_TEST(equal_opposites_settle_without_money) {
    set_banks(IB_RESORT_NONE, 2);
    pays(A, B, 70);
    pays(B, A, 70);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert_uint_eq(plan->movement_count, 0);
    ck_assert_int_eq(plan->steps[0].kind, IB_STEP_BILATERAL);
    ib_plan_free(plan);
}
END_TEST

START_TEST(gridlock_of_three_banks_is_resolved_by_multilateral_offset) {
    /* Nobody can pay first, no two payments are opposite: scenario 37. */
    set_banks(IB_RESORT_NONE, 3);
    fund(A, 20, 0);
    fund(B, 5, 0);
    pays(A, B, 100);
    pays(B, C, 90);
    pays(C, A, 80);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert_uint_eq(plan->step_count, 1);
    expect_step(plan, 1, IB_STEP_MULTILATERAL, 0);
    ck_assert_uint_eq(plan->movement_count, 3);
    ck_assert_int_eq(plan->movements[0].bank_code, A);
    ck_assert_int_eq(plan->movements[0].reserve_minor, -20);
    ck_assert_int_eq(plan->movements[1].reserve_minor, 10);
    ck_assert_int_eq(plan->movements[2].reserve_minor, 10);
    ck_assert_int_eq(plan->liquidity_minor, 20);
    ck_assert_int_eq(plan->efficiency_bp, 9259);
    ib_plan_free(plan);
}
END_TEST

START_TEST(last_payment_of_the_shortest_bank_leaves_the_set) {
    /* The ring alone can be settled; what A queued after it cannot. */
    set_banks(IB_RESORT_NONE, 4);
    pays(A, B, 100);
    pays(B, C, 100);
    pays(C, A, 100);
    pays(A, D, 40);
    struct ib_plan *plan = settled();
    ck_assert(!plan->complete);
    for (int64_t number = 1; number <= 3; number++) {
        expect_step(plan, number, IB_STEP_MULTILATERAL, 0);
    }
    expect_queued(plan, 4);
    ck_assert_uint_eq(plan->excluded_count, 1);
    ck_assert_int_eq(plan->excluded[0].amount_minor, 40);
    ib_plan_free(plan);
}
END_TEST

START_TEST(gridlock_draws_only_the_net_from_prefunding) {
    set_banks(IB_RESORT_PREFUNDING, 3);
    fund(A, 12, 100);
    fund(B, 0, 100);
    fund(C, 0, 100);
    pays(A, B, 100);
    pays(B, C, 90);
    pays(C, A, 80);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert_int_eq(plan->banks[0].prefunding_minor, 8);
    ck_assert_int_eq(plan->banks[0].cap_minor, 92);
    ck_assert(plan->banks[0].suspended);
    ck_assert(!plan->banks[1].suspended && !plan->banks[2].suspended);
    ib_plan_free(plan);
}
END_TEST

START_TEST(defaulter_leaves_the_queue_and_frees_those_behind_it) {
    /* B would pay D first and cannot; D cannot pay at all. Without D, B pays C. */
    set_banks(IB_RESORT_RECAST, 4);
    fund(A, 0, 0);
    fund(B, 10, 0);
    pays(D, B, 500);
    pays(B, D, 300);
    pays(B, C, 10);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert(plan->banks[3].defaulted);
    ck_assert_int_eq(plan->banks[3].shortfall_minor, 200);
    ck_assert(!plan->banks[1].defaulted);
    expect_queued(plan, 1);
    expect_queued(plan, 2);
    expect_step(plan, 3, IB_STEP_SINGLE, 0);
    ck_assert_int_eq(plan->excluded_minor, 800);
    ib_plan_free(plan);
}
END_TEST

START_TEST(longest_queue_of_one_ring_settles_at_once) {
    /* 510 payments round a ring of three without any money: only all of them together. */
    set_banks(IB_RESORT_NONE, 3);
    for (int64_t i = 0; i < 170; i++) {
        pays(A, B, 1000 + i);
        pays(B, C, 1169 - i);
        pays(C, A, 1000 + i * 7 % 170);
    }
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert_uint_eq(plan->step_count, 1);
    ck_assert_int_eq(plan->liquidity_minor, 0);
    ib_plan_free(plan);
}
END_TEST

static void twice(void) {
    one.payments[1].number = 1;
}
static void nothing(void) {
    one.payments[1].amount_minor = 0;
}
static void negative(void) {
    one.payments[1].amount_minor = INT64_MIN;
}
static void oneself(void) {
    one.payments[1].payee = one.payments[1].payer;
}
static void unknown(void) {
    one.payments[1].payee = D;
}
static void great(void) {
    one.payments[1].amount_minor = TW_AMOUNT_MAX_MINOR;
}
static void many(void) {
    one.payment_count = IB_NETTING_PAYMENTS_MAX + 1;
}

static const struct {
    void (*spoil)(void);
    enum tw_code code;
} bad[] = {
    {twice, TW_E_INVALID_PARAMS},   {nothing, TW_E_INVALID_PARAMS}, {negative, TW_E_INVALID_PARAMS},
    {oneself, TW_E_INVALID_PARAMS}, {unknown, TW_E_INVALID_PARAMS}, {great, TW_E_TOO_LARGE},
    {many, TW_E_TOO_LARGE},
};

START_TEST(bad_payment_is_refused) {
    struct ib_plan *plan = NULL;
    set_banks(IB_RESORT_NONE, 3);
    fund(A, 100, 0);
    pays(A, B, 10);
    pays(B, C, 10);
    bad[_i].spoil();
    struct tw_status status = judge_run(&one, &plan);
    ck_assert_int_eq(status.code, bad[_i].code);
    ck_assert_ptr_null(plan);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = money_that_goes_round_settles_payments_one_by_one},
        {.test = large_payment_is_not_overtaken_by_its_payers_later_ones},
        {.test = priority_goes_before_arrival},
        {.test = first_of_those_that_can_be_paid_goes_first_whoever_pays},
        {.test = opposite_payments_settle_by_their_difference},
        {.test = difference_that_nobody_has_stays_queued},
        {.test = equal_opposites_settle_without_money},
        {.test = gridlock_of_three_banks_is_resolved_by_multilateral_offset},
        {.test = last_payment_of_the_shortest_bank_leaves_the_set},
        {.test = gridlock_draws_only_the_net_from_prefunding},
        {.test = defaulter_leaves_the_queue_and_frees_those_behind_it},
        {.test = longest_queue_of_one_ring_settles_at_once},
        {.test = bad_payment_is_refused, .rows = COUNT_OF(bad)},
    };
    return test_main("gridlock", tests, COUNT_OF(tests));
}
