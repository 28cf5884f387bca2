/*
 * What every settlement plan must keep to, whatever its input was: looked at from outside, with
 * nothing of the library but the plan. Also the input of random cases, and equality of plans.
 * Asserts with tw_assert, so that unit tests and the fuzz target share it.
 */
#ifndef TEST_NETTING_JUDGE_H
#define TEST_NETTING_JUDGE_H

#include <stdlib.h>
#include <string.h>

#include "netting/netting.h"

struct judge_case {
    enum ib_model model;
    enum ib_resort resort;
    size_t bank_count, obligation_count, payment_count;
    struct ib_participant banks[IB_NETTING_BANKS_MAX];
    struct ib_obligation obligations[IB_NETTING_BANKS_MAX * IB_NETTING_BANKS_MAX];
    struct ib_payment payments[512];
};

static inline struct tw_status judge_run(const struct judge_case *one, struct ib_plan **ret_plan) {
    if (one->model == IB_MODEL_GROSS) {
        return ib_settle_gross(one->banks, one->bank_count, one->payments, one->payment_count,
                               one->resort, ret_plan, NULL);
    }
    return ib_net(one->banks, one->bank_count, one->obligations, one->obligation_count, one->model,
                  one->resort, ret_plan, NULL);
}

static inline struct ib_participant *judge_bank(struct ib_participant *banks, size_t count,
                                                int32_t code) {
    size_t at = 0;
    while (at < count && banks[at].bank_code != code) {
        at++;
    }
    tw_assert(at < count);
    return &banks[at];
}

static inline const struct ib_plan_bank *judge_result(const struct ib_plan *plan, int32_t code) {
    size_t at = 0;
    while (at < plan->bank_count && plan->banks[at].bank_code != code) {
        at++;
    }
    tw_assert(at < plan->bank_count);
    return &plan->banks[at];
}

/* Carries the plan out, movement by movement, on the banks' funds. */
static inline void judge_execute(const struct ib_plan *plan, struct ib_participant *banks,
                                 size_t count) {
    size_t step = 0;
    bool credits = false;
    int64_t sum_minor = 0;
    int64_t debits_minor = 0;
    for (size_t i = 0; i < plan->movement_count; i++) {
        const struct ib_movement *movement = &plan->movements[i];
        const int64_t amount_minor = movement->reserve_minor + movement->prefunding_minor;
        tw_assert(movement->step >= step && movement->step < plan->step_count);
        if (movement->step != step) {
            tw_assert(sum_minor == 0);
            step = movement->step;
            credits = false;
        }
        tw_assert(amount_minor != 0 && movement->prefunding_minor <= 0);
        tw_assert(amount_minor > 0 || !credits);
        credits = amount_minor > 0;
        sum_minor += amount_minor;
        debits_minor -= amount_minor < 0 ? amount_minor : 0;
        struct ib_participant *bank = judge_bank(banks, count, movement->bank_code);
        bank->reserve_minor += movement->reserve_minor;
        bank->prefunding_minor += movement->prefunding_minor;
        tw_assert(bank->reserve_minor >= 0 && bank->prefunding_minor >= 0);
    }
    tw_assert(sum_minor == 0 && debits_minor == plan->liquidity_minor);
}

static inline void judge_banks(const struct judge_case *one, const struct ib_plan *plan) {
    static struct ib_participant banks[IB_NETTING_BANKS_MAX];
    int64_t nets_minor = 0;
    int64_t positions_minor = 0;
    memcpy(banks, one->banks, sizeof banks);
    judge_execute(plan, banks, one->bank_count);
    tw_assert(plan->bank_count == one->bank_count);
    for (size_t i = 0; i < plan->bank_count; i++) {
        const struct ib_plan_bank *result = &plan->banks[i];
        const struct ib_participant *bank = judge_bank(banks, one->bank_count, result->bank_code);
        tw_assert(i == 0 || plan->banks[i - 1].bank_code < result->bank_code);
        nets_minor += result->net_minor;
        positions_minor += result->position_minor;
        tw_assert(result->net_minor == result->credit_minor - result->debit_minor);
        tw_assert(result->debit_minor == result->reserve_minor + result->prefunding_minor);
        tw_assert(result->cap_minor == (result->defaulted ? 0 : bank->prefunding_minor));
        tw_assert(result->suspended == (result->defaulted || result->prefunding_minor > 0));
        tw_assert(!result->defaulted || result->shortfall_minor > 0);
        tw_assert(one->resort == IB_RESORT_RECAST || !result->defaulted);
        tw_assert(one->resort != IB_RESORT_NONE || result->prefunding_minor == 0);
    }
    tw_assert(nets_minor == 0 && positions_minor == 0);
}

static inline void judge_value(const struct judge_case *one, const struct ib_plan *plan) {
    int64_t gross_minor = 0;
    int64_t excluded_minor = 0;
    int64_t settled_minor = 0;
    for (size_t i = 0; i < one->obligation_count && one->model != IB_MODEL_GROSS; i++) {
        gross_minor += one->obligations[i].amount_minor;
    }
    for (size_t i = 0; i < one->payment_count && one->model == IB_MODEL_GROSS; i++) {
        gross_minor += one->payments[i].amount_minor;
    }
    for (size_t i = 0; i < plan->excluded_count; i++) {
        const struct ib_obligation *out = &plan->excluded[i];
        tw_assert(out->amount_minor > 0);
        excluded_minor += out->amount_minor;
        tw_assert(!plan->complete || judge_result(plan, out->payer)->defaulted ||
                  judge_result(plan, out->payee)->defaulted);
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        settled_minor += plan->steps[i].settled_minor;
    }
    tw_assert(plan->gross_minor == gross_minor && plan->excluded_minor == excluded_minor);
    tw_assert(plan->settled_minor == settled_minor &&
              gross_minor == settled_minor + excluded_minor);
    tw_assert(plan->liquidity_minor <= settled_minor);
    tw_assert(plan->efficiency_bp >= 0 && plan->efficiency_bp <= IB_BASIS_POINTS);
    tw_assert(one->resort != IB_RESORT_RECAST || plan->complete);
}

static inline void judge_payments(const struct judge_case *one, const struct ib_plan *plan) {
    int64_t settled_minor = 0;
    tw_assert(plan->payment_count == (one->model == IB_MODEL_GROSS ? one->payment_count : 0));
    for (size_t i = 0; i < plan->payment_count; i++) {
        const struct ib_plan_payment *fate = &plan->payments[i];
        tw_assert(i == 0 || plan->payments[i - 1].number < fate->number);
        tw_assert(fate->step == IB_STEP_OF_NONE || fate->step < plan->step_count);
        for (size_t j = 0; j < one->payment_count; j++) {
            if (one->payments[j].number == fate->number && fate->step != IB_STEP_OF_NONE) {
                settled_minor += one->payments[j].amount_minor;
            }
        }
    }
    tw_assert(one->model != IB_MODEL_GROSS || settled_minor == plan->settled_minor);
}

static inline void judge_plan(const struct judge_case *one, const struct ib_plan *plan) {
    tw_assert(plan->model == one->model);
    judge_banks(one, plan);
    judge_value(one, plan);
    judge_payments(one, plan);
}

/* --- equality ------------------------------------------------------------------------------- */

static inline bool judge_equal_movement(const struct ib_movement *a, const struct ib_movement *b) {
    return a->step == b->step && a->bank_code == b->bank_code &&
           a->counterparty == b->counterparty && a->reserve_minor == b->reserve_minor &&
           a->prefunding_minor == b->prefunding_minor;
}

static inline bool judge_equal_bank(const struct ib_plan_bank *a, const struct ib_plan_bank *b) {
    return a->bank_code == b->bank_code && a->position_minor == b->position_minor &&
           a->debit_minor == b->debit_minor && a->credit_minor == b->credit_minor &&
           a->reserve_minor == b->reserve_minor && a->prefunding_minor == b->prefunding_minor &&
           a->cap_minor == b->cap_minor && a->shortfall_minor == b->shortfall_minor &&
           a->suspended == b->suspended && a->defaulted == b->defaulted;
}

static inline bool judge_equal(const struct ib_plan *a, const struct ib_plan *b) {
    bool same = a->complete == b->complete && a->bank_count == b->bank_count &&
                a->step_count == b->step_count && a->movement_count == b->movement_count &&
                a->excluded_count == b->excluded_count && a->payment_count == b->payment_count;
    for (size_t i = 0; same && i < a->bank_count; i++) {
        same = judge_equal_bank(&a->banks[i], &b->banks[i]);
    }
    for (size_t i = 0; same && i < a->movement_count; i++) {
        same = judge_equal_movement(&a->movements[i], &b->movements[i]);
    }
    for (size_t i = 0; same && i < a->step_count; i++) {
        same = a->steps[i].kind == b->steps[i].kind &&
               a->steps[i].settled_minor == b->steps[i].settled_minor;
    }
    for (size_t i = 0; same && i < a->excluded_count; i++) {
        same = a->excluded[i].payer == b->excluded[i].payer &&
               a->excluded[i].payee == b->excluded[i].payee &&
               a->excluded[i].amount_minor == b->excluded[i].amount_minor;
    }
    for (size_t i = 0; same && i < a->payment_count; i++) {
        same = a->payments[i].number == b->payments[i].number &&
               a->payments[i].step == b->payments[i].step;
    }
    return same;
}

#endif
