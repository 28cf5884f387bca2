/* A bank without enough money: prefunding, default and recast, by hand-computed numbers. */
#include "netting/judge.h"
#include "support/suite.h"

enum { A = 90000001, B, C, D };

static struct judge_case one;

static void set_banks(enum ib_resort resort, size_t count) {
    one =
        (struct judge_case){.model = IB_MODEL_MULTILATERAL, .resort = resort, .bank_count = count};
    for (size_t i = 0; i < count; i++) {
        one.banks[i].bank_code = A + (int32_t)i;
    }
}

static void fund(int32_t bank, int64_t reserve_minor, int64_t prefunding_minor) {
    one.banks[bank - A].reserve_minor = reserve_minor;
    one.banks[bank - A].prefunding_minor = prefunding_minor;
}

static void owes(int32_t payer, int32_t payee, int64_t amount_minor) {
    one.obligations[one.obligation_count++] = (struct ib_obligation){payer, payee, amount_minor};
}

static struct ib_plan *settled(void) {
    struct ib_plan *plan = NULL;
    ck_assert(tw_ok(judge_run(&one, &plan)));
    judge_plan(&one, plan);
    return plan;
}

static void expect_excluded(const struct ib_plan *plan, size_t at, int32_t payer, int32_t payee,
                            int64_t amount_minor) {
    ck_assert_uint_lt(at, plan->excluded_count);
    ck_assert_int_eq(plan->excluded[at].payer, payer);
    ck_assert_int_eq(plan->excluded[at].payee, payee);
    ck_assert_int_eq(plan->excluded[at].amount_minor, amount_minor);
}

/* A owes B 100; 60 in the reserve, 50 prefunded. */
static void set_short(enum ib_resort resort) {
    set_banks(resort, 2);
    fund(A, 60, 50);
    fund(B, 0, 20);
    owes(A, B, 100);
}

START_TEST(without_a_resort_nothing_moves_and_the_lack_is_told) {
    set_short(IB_RESORT_NONE);
    struct ib_plan *plan = settled();
    ck_assert(!plan->complete);
    ck_assert_uint_eq(plan->movement_count, 0);
    ck_assert_int_eq(plan->banks[0].shortfall_minor, 40);
    ck_assert(!plan->banks[0].suspended);
    ck_assert_int_eq(plan->banks[0].cap_minor, 50);
    expect_excluded(plan, 0, A, B, 100);
    ib_plan_free(plan);
}
END_TEST

START_TEST(prefunding_is_drawn_after_the_reserve_and_the_cap_is_cut) {
    set_short(IB_RESORT_PREFUNDING);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert_uint_eq(plan->movement_count, 2);
    ck_assert_int_eq(plan->movements[0].reserve_minor, -60);
    ck_assert_int_eq(plan->movements[0].prefunding_minor, -40);
    ck_assert_int_eq(plan->movements[1].reserve_minor, 100);
    ck_assert_int_eq(plan->banks[0].prefunding_minor, 40);
    ck_assert_int_eq(plan->banks[0].cap_minor, 10);
    ck_assert(plan->banks[0].suspended && !plan->banks[0].defaulted);
    ck_assert(!plan->banks[1].suspended);
    ck_assert_int_eq(plan->banks[1].cap_minor, 20);
    ck_assert_uint_eq(plan->excluded_count, 0);
    ib_plan_free(plan);
}
END_TEST

START_TEST(exact_funds_are_enough_and_one_less_is_not) {
    set_short(IB_RESORT_PREFUNDING);
    fund(A, 60, 40);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert_int_eq(plan->banks[0].cap_minor, 0);
    ib_plan_free(plan);
    fund(A, 60, 39);
    plan = settled();
    ck_assert(!plan->complete);
    ck_assert_int_eq(plan->banks[0].shortfall_minor, 1);
    ib_plan_free(plan);
}
END_TEST

START_TEST(bilateral_debits_draw_in_turn) {
    set_banks(IB_RESORT_PREFUNDING, 3);
    one.model = IB_MODEL_BILATERAL;
    fund(A, 30, 100);
    owes(A, B, 20);
    owes(A, C, 50);
    struct ib_plan *plan = settled();
    ck_assert_int_eq(plan->movements[0].reserve_minor, -20);
    ck_assert_int_eq(plan->movements[0].prefunding_minor, 0);
    ck_assert_int_eq(plan->movements[1].reserve_minor, -10);
    ck_assert_int_eq(plan->movements[1].prefunding_minor, -40);
    ib_plan_free(plan);
}
END_TEST

/* A 100> B, A 50> C, B 60> C, C 10> A; A has 30 and may draw 40. */
static void set_defaulter(void) {
    set_banks(IB_RESORT_RECAST, 3);
    fund(A, 30, 40);
    owes(A, B, 100);
    owes(A, C, 50);
    owes(B, C, 60);
    owes(C, A, 10);
}

START_TEST(defaulter_is_taken_out_and_the_rest_settles) {
    set_defaulter();
    fund(B, 60, 7);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert(plan->banks[0].defaulted && plan->banks[0].suspended);
    ck_assert_int_eq(plan->banks[0].position_minor, -140);
    ck_assert_int_eq(plan->banks[0].net_minor, 0);
    ck_assert_int_eq(plan->banks[0].shortfall_minor, 70);
    ck_assert_int_eq(plan->banks[0].prefunding_minor, 0); /* what it does not pay is not drawn */
    ck_assert_int_eq(plan->banks[0].cap_minor, 0);
    ck_assert_int_eq(plan->banks[1].net_minor, -60);
    ck_assert(!plan->banks[1].suspended);
    ck_assert_int_eq(plan->banks[2].net_minor, 60);
    ck_assert_uint_eq(plan->excluded_count, 3);
    expect_excluded(plan, 0, A, B, 100);
    expect_excluded(plan, 1, A, C, 50);
    expect_excluded(plan, 2, C, A, 10);
    ck_assert_int_eq(plan->excluded_minor, 160);
    ck_assert_int_eq(plan->settled_minor, 60);
    ib_plan_free(plan);
}
END_TEST

START_TEST(bank_that_counted_on_the_defaulter_draws_its_prefunding) {
    set_defaulter();
    fund(B, 50, 10);
    struct ib_plan *plan = settled();
    ck_assert(plan->banks[1].suspended && !plan->banks[1].defaulted);
    ck_assert_int_eq(plan->banks[1].prefunding_minor, 10);
    ck_assert_int_eq(plan->settled_minor, 60);
    ib_plan_free(plan);
}
END_TEST

START_TEST(default_that_follows_from_a_default_is_taken_out_too) {
    set_defaulter();
    fund(B, 50, 5);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert(plan->banks[0].defaulted && plan->banks[1].defaulted);
    ck_assert_int_eq(plan->banks[1].shortfall_minor, 5);
    ck_assert(!plan->banks[2].defaulted);
    ck_assert_int_eq(plan->excluded_minor, 220);
    ck_assert_int_eq(plan->settled_minor, 0);
    ib_plan_free(plan);
}
END_TEST

START_TEST(defaulter_is_not_let_in_again_at_the_cost_of_its_creditor) {
    /* Without B, which only lacks what A did not pay, A could pay C. */
    set_defaulter();
    fund(B, 0, 0);
    struct ib_plan *plan = settled();
    ck_assert(plan->banks[0].defaulted && plan->banks[1].defaulted);
    ck_assert_int_eq(plan->banks[0].shortfall_minor, 70);
    ck_assert_int_eq(plan->banks[1].shortfall_minor, 60);
    ck_assert_uint_eq(plan->movement_count, 0);
    ib_plan_free(plan);
}
END_TEST

START_TEST(debtor_of_a_defaulter_does_not_default) {
    /* B and C both lack 100. C owes only B, and so nobody when B is out. */
    set_banks(IB_RESORT_RECAST, 4);
    owes(B, A, 200);
    owes(C, B, 100);
    owes(D, A, 30);
    fund(D, 30, 0);
    struct ib_plan *plan = settled();
    ck_assert(plan->banks[1].defaulted);
    ck_assert_int_eq(plan->banks[1].shortfall_minor, 100);
    ck_assert(!plan->banks[2].defaulted);
    ck_assert_int_eq(plan->banks[2].shortfall_minor, 0);
    ck_assert_int_eq(plan->settled_minor, 30);
    ib_plan_free(plan);
}
END_TEST

START_TEST(settlement_completes_though_the_largest_debtor_fails) {
    /* Everybody else holds what it could owe without the largest debtor. */
    set_banks(IB_RESORT_RECAST, 4);
    owes(A, B, 1000);
    owes(A, C, 900);
    owes(B, C, 300);
    owes(C, D, 400);
    owes(D, B, 50);
    fund(B, 100, 150);
    fund(C, 80, 20);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert(plan->banks[0].defaulted);
    for (size_t i = 1; i < 4; i++) {
        ck_assert(!plan->banks[i].defaulted);
    }
    ck_assert_int_eq(plan->banks[1].net_minor, -250);
    ck_assert_int_eq(plan->banks[2].net_minor, -100);
    ck_assert_int_eq(plan->banks[3].net_minor, 350);
    ck_assert_int_eq(plan->settled_minor, 750);
    ck_assert_int_eq(plan->excluded_minor, 1900);
    ib_plan_free(plan);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = without_a_resort_nothing_moves_and_the_lack_is_told},
        {.test = prefunding_is_drawn_after_the_reserve_and_the_cap_is_cut},
        {.test = exact_funds_are_enough_and_one_less_is_not},
        {.test = bilateral_debits_draw_in_turn},
        {.test = defaulter_is_taken_out_and_the_rest_settles},
        {.test = bank_that_counted_on_the_defaulter_draws_its_prefunding},
        {.test = default_that_follows_from_a_default_is_taken_out_too},
        {.test = defaulter_is_not_let_in_again_at_the_cost_of_its_creditor},
        {.test = debtor_of_a_defaulter_does_not_default},
        {.test = settlement_completes_though_the_largest_debtor_fails},
    };
    return test_main("shortfall", tests, COUNT_OF(tests));
}
