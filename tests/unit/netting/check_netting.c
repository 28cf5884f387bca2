/* Deferred net settlement by numbers that were computed by hand, and input that is refused. */
#include "netting/judge.h"
#include "support/suite.h"

enum { A = 90000001, B, C, D };

#define MUCH 1000000

static struct judge_case one;

static void set_banks(size_t count, int64_t reserve_minor, int64_t prefunding_minor) {
    one = (struct judge_case){.model = IB_MODEL_MULTILATERAL, .bank_count = count};
    for (size_t i = 0; i < count; i++) {
        one.banks[i] = (struct ib_participant){A + (int32_t)i, reserve_minor, prefunding_minor};
    }
}

static void owes(int32_t payer, int32_t payee, int64_t amount_minor) {
    one.obligations[one.obligation_count++] = (struct ib_obligation){payer, payee, amount_minor};
}

/* A 100> B 80> C 50> A, and B 20> A. */
static void set_three(enum ib_model model) {
    set_banks(3, MUCH, 0);
    one.model = model;
    owes(A, B, 100);
    owes(B, C, 80);
    owes(C, A, 50);
    owes(B, A, 20);
}

static struct ib_plan *settled(void) {
    struct ib_plan *plan = NULL;
    ck_assert(tw_ok(judge_run(&one, &plan)));
    judge_plan(&one, plan);
    return plan;
}

static enum tw_code refused(void) {
    struct ib_plan *plan = NULL;
    struct tw_status status = judge_run(&one, &plan);
    ck_assert_ptr_null(plan);
    return status.code;
}

static void expect_movement(const struct ib_plan *plan, size_t at, int32_t bank,
                            int32_t counterparty, int64_t reserve_minor) {
    ck_assert_uint_lt(at, plan->movement_count);
    ck_assert_int_eq(plan->movements[at].bank_code, bank);
    ck_assert_int_eq(plan->movements[at].counterparty, counterparty);
    ck_assert_int_eq(plan->movements[at].reserve_minor, reserve_minor);
    ck_assert_int_eq(plan->movements[at].prefunding_minor, 0);
}

START_TEST(multilateral_net_is_one_amount_per_bank) {
    set_three(IB_MODEL_MULTILATERAL);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert_uint_eq(plan->movement_count, 2); /* B is even */
    expect_movement(plan, 0, A, 0, -30);
    expect_movement(plan, 1, C, 0, 30);
    ck_assert_int_eq(plan->banks[0].position_minor, -30);
    ck_assert_int_eq(plan->banks[1].position_minor, 0);
    ck_assert_int_eq(plan->banks[2].position_minor, 30);
    ck_assert_int_eq(plan->gross_minor, 250);
    ck_assert_int_eq(plan->settled_minor, 250);
    ck_assert_int_eq(plan->liquidity_minor, 30);
    ck_assert_int_eq(plan->efficiency_bp, 8800);
    ck_assert_uint_eq(plan->excluded_count, 0);
    ib_plan_free(plan);
}
END_TEST

START_TEST(bilateral_net_is_one_amount_per_pair) {
    set_three(IB_MODEL_BILATERAL);
    struct ib_plan *plan = settled();
    ck_assert_uint_eq(plan->movement_count, 6);
    expect_movement(plan, 0, A, B, -80);
    expect_movement(plan, 1, B, C, -80);
    expect_movement(plan, 2, C, A, -50);
    expect_movement(plan, 3, A, C, 50);
    expect_movement(plan, 4, B, A, 80);
    expect_movement(plan, 5, C, B, 80);
    ck_assert_int_eq(plan->banks[0].net_minor, -30);
    ck_assert_int_eq(plan->banks[1].net_minor, 0);
    ck_assert_int_eq(plan->banks[2].net_minor, 30);
    ck_assert_int_eq(plan->liquidity_minor, 210);
    ck_assert_int_eq(plan->efficiency_bp, 1600);
    ib_plan_free(plan);
}
END_TEST

START_TEST(debits_are_paid_before_credits_arrive) {
    set_three(IB_MODEL_BILATERAL);
    one.banks[1].reserve_minor = 79; /* B is even in the end, but pays 80 first */
    struct ib_plan *plan = settled();
    ck_assert(!plan->complete);
    ck_assert_int_eq(plan->banks[1].shortfall_minor, 1);
    ib_plan_free(plan);
}
END_TEST

START_TEST(nothing_owed_is_a_plan_without_steps) {
    set_banks(3, 0, 0);
    owes(A, B, 0);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert_uint_eq(plan->step_count, 0);
    ck_assert_uint_eq(plan->movement_count, 0);
    ck_assert_int_eq(plan->efficiency_bp, 0);
    ib_plan_free(plan);
    set_banks(0, 0, 0);
    plan = settled();
    ck_assert(plan->complete);
    ib_plan_free(plan);
}
END_TEST

START_TEST(even_banks_settle_without_a_movement) {
    set_banks(2, 0, 0);
    owes(A, B, 70);
    owes(B, A, 70);
    struct ib_plan *plan = settled();
    ck_assert(plan->complete);
    ck_assert_uint_eq(plan->step_count, 1);
    ck_assert_uint_eq(plan->movement_count, 0);
    ck_assert_int_eq(plan->settled_minor, 140);
    ck_assert_int_eq(plan->efficiency_bp, IB_BASIS_POINTS);
    ib_plan_free(plan);
}
END_TEST

START_TEST(largest_amounts_settle) {
    set_banks(2, TW_AMOUNT_MAX_MINOR, TW_AMOUNT_MAX_MINOR);
    owes(A, B, TW_AMOUNT_MAX_MINOR - 1);
    owes(B, A, 1);
    struct ib_plan *plan = settled();
    ck_assert_int_eq(plan->gross_minor, TW_AMOUNT_MAX_MINOR);
    ck_assert_int_eq(plan->liquidity_minor, TW_AMOUNT_MAX_MINOR - 2);
    ck_assert_int_eq(plan->efficiency_bp, 0);
    ib_plan_free(plan);
}
END_TEST

START_TEST(hundred_and_twenty_eight_banks_settle) {
    for (int model = IB_MODEL_MULTILATERAL; model <= IB_MODEL_BILATERAL; model++) {
        set_banks(IB_NETTING_BANKS_MAX, MUCH, 0);
        one.model = (enum ib_model)model;
        for (int32_t i = 0; i < IB_NETTING_BANKS_MAX; i++) {
            for (int32_t j = 0; j < IB_NETTING_BANKS_MAX; j++) {
                if (i != j) {
                    owes(A + i, A + j, i);
                }
            }
        }
        /* Bank i pays 127 i and gets 8128 - i. */
        struct ib_plan *plan = settled();
        ck_assert(plan->complete);
        ck_assert_int_eq(plan->banks[127].net_minor, 8128 - 127 - 127 * 127);
        ib_plan_free(plan);
    }
}
END_TEST

/* --- refused -------------------------------------------------------------------------------- */

static void unknown_payer(void) {
    owes(D, A, 1);
}
static void unknown_payee(void) {
    owes(A, D, 1);
}
static void negative(void) {
    owes(B, C, -1);
}
static void oneself(void) {
    owes(A, A, 1);
}
static void oneself_nothing(void) {
    owes(A, A, 0);
}
static void twice(void) {
    owes(C, B, 5);
    owes(C, B, 5);
}
static void twice_nothing(void) {
    owes(C, B, 0);
    owes(C, B, 0);
}
static void above_the_largest(void) {
    owes(B, C, TW_AMOUNT_MAX_MINOR + 1);
}
static void bank_twice(void) {
    one.banks[2].bank_code = A;
}
static void bank_zero(void) {
    one.banks[2].bank_code = 0;
}
static void bank_negative(void) {
    one.banks[2].bank_code = -90000001;
}
static void negative_reserve(void) {
    one.banks[1].reserve_minor = -1;
}
static void negative_prefunding(void) {
    one.banks[1].prefunding_minor = INT64_MIN;
}
static void great_reserve(void) {
    one.banks[1].reserve_minor = INT64_MAX;
}
static void great_total(void) {
    owes(B, C, TW_AMOUNT_MAX_MINOR);
}
static void too_many_banks(void) {
    one.bank_count = IB_NETTING_BANKS_MAX + 1;
}

static const struct {
    void (*spoil)(void);
    enum tw_code code;
} bad[] = {
    {unknown_payer, TW_E_INVALID_PARAMS},
    {unknown_payee, TW_E_INVALID_PARAMS},
    {negative, TW_E_INVALID_PARAMS},
    {oneself, TW_E_INVALID_PARAMS},
    {oneself_nothing, TW_E_INVALID_PARAMS},
    {twice, TW_E_INVALID_PARAMS},
    {twice_nothing, TW_E_INVALID_PARAMS},
    {above_the_largest, TW_E_INVALID_PARAMS},
    {bank_twice, TW_E_INVALID_PARAMS},
    {bank_zero, TW_E_INVALID_PARAMS},
    {bank_negative, TW_E_INVALID_PARAMS},
    {negative_reserve, TW_E_INVALID_PARAMS},
    {negative_prefunding, TW_E_INVALID_PARAMS},
    {great_reserve, TW_E_INVALID_PARAMS},
    {great_total, TW_E_TOO_LARGE},
    {too_many_banks, TW_E_TOO_LARGE},
};

START_TEST(bad_input_is_refused) {
    set_banks(3, MUCH, 0);
    owes(A, B, 10);
    bad[_i].spoil();
    ck_assert_int_eq(refused(), bad[_i].code);
}
END_TEST

START_TEST(reason_names_the_obligation) {
    struct ib_plan *plan = NULL;
    struct tw_error error = {0};
    set_banks(3, MUCH, 0);
    owes(A, B, 10);
    owes(D, B, 10);
    ck_assert(
        !tw_ok(ib_net(one.banks, 3, one.obligations, 2, one.model, one.resort, &plan, &error)));
    ck_assert_str_eq(error.detail, "obligation 1: bank 90000004 or 90000002 takes no part");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = multilateral_net_is_one_amount_per_bank},
        {.test = bilateral_net_is_one_amount_per_pair},
        {.test = debits_are_paid_before_credits_arrive},
        {.test = nothing_owed_is_a_plan_without_steps},
        {.test = even_banks_settle_without_a_movement},
        {.test = largest_amounts_settle},
        {.test = hundred_and_twenty_eight_banks_settle},
        {.test = bad_input_is_refused, .rows = COUNT_OF(bad)},
        {.test = reason_names_the_obligation},
    };
    return test_main("netting", tests, COUNT_OF(tests));
}
