/*
 * A plan is allocated once, as large as it can become, so that making it cannot fail half way.
 * Movements change what the banks have left as they are written, and a debit asserts that it is
 * there. At the end the whole plan is executed once more, from the banks' opening funds and without
 * looking at how it came about: two independent proofs that nobody is overdrawn and that nothing
 * appears or vanishes.
 */
#include <stdlib.h>

#include "netting/netting_parts.h"

void ib_plan_free(struct ib_plan *plan) {
    if (plan == NULL) {
        return;
    }
    free(plan->banks);
    free(plan->steps);
    free(plan->movements);
    free(plan->excluded);
    free(plan->payments);
    free(plan);
}

/* Positions, and the value of everything. */
static void fill_positions(struct ib_work *work) {
    struct ib_plan *plan = work->plan;
    plan->bank_count = work->count;
    for (size_t i = 0; i < work->count; i++) {
        struct ib_plan_bank *bank = &plan->banks[i];
        bank->bank_code = work->opening[i].bank_code;
        for (size_t j = 0; j < work->count; j++) {
            bank->position_minor += *ib_owed(work, j, i) - *ib_owed(work, i, j);
            plan->gross_minor += *ib_owed(work, i, j);
        }
    }
}

struct tw_status ib_plan_new(struct ib_work *work, enum ib_model model, size_t step_room,
                             size_t movement_room, size_t payment_count,
                             struct tw_error *ret_error) {
    struct ib_plan *plan = calloc(1, sizeof *plan);
    work->plan = plan; /* freed with the work if something below fails */
    if (plan != NULL) {
        plan->model = model;
        plan->banks = calloc(work->count + 1, sizeof *plan->banks);
        plan->steps = calloc(step_room + 1, sizeof *plan->steps);
        plan->movements = calloc(movement_room + 1, sizeof *plan->movements);
        plan->excluded = calloc(work->count * work->count + 1, sizeof *plan->excluded);
        plan->payments = calloc(payment_count + 1, sizeof *plan->payments);
    }
    if (plan == NULL || plan->banks == NULL || plan->steps == NULL || plan->movements == NULL ||
        plan->excluded == NULL || plan->payments == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "plan of %zu movements", movement_room);
    }
    fill_positions(work);
    return tw_success();
}

void ib_plan_step(struct ib_work *work, enum ib_step_kind kind, int64_t settled_minor) {
    struct ib_plan *plan = work->plan;
    plan->steps[plan->step_count++] =
        (struct ib_step){.kind = kind, .settled_minor = settled_minor};
}

static void move(struct ib_work *work, size_t bank, size_t counterparty, int64_t reserve_minor,
                 int64_t prefunding_minor) {
    struct ib_plan *plan = work->plan;
    struct ib_participant *left = &work->left[bank];
    tw_assert(plan->step_count > 0);
    plan->movements[plan->movement_count++] = (struct ib_movement){
        .step = plan->step_count - 1,
        .bank_code = left->bank_code,
        .counterparty = counterparty == IB_ALL ? 0 : work->left[counterparty].bank_code,
        .reserve_minor = reserve_minor,
        .prefunding_minor = prefunding_minor};
    plan->steps[plan->step_count - 1].movement_count++;
    left->reserve_minor += reserve_minor;
    left->prefunding_minor += prefunding_minor;
    tw_assert(left->reserve_minor >= 0 && left->prefunding_minor >= 0);
}

void ib_plan_debit(struct ib_work *work, size_t bank, size_t counterparty, int64_t amount_minor) {
    tw_assert(amount_minor >= 0);
    if (amount_minor == 0) {
        return;
    }
    const int64_t reserve_minor = work->left[bank].reserve_minor;
    const int64_t from_reserve_minor = amount_minor < reserve_minor ? amount_minor : reserve_minor;
    const int64_t drawn_minor = amount_minor - from_reserve_minor;
    tw_assert(drawn_minor == 0 || work->resort >= IB_RESORT_PREFUNDING);
    struct ib_plan_bank *result = &work->plan->banks[bank];
    result->debit_minor += amount_minor;
    result->reserve_minor += from_reserve_minor;
    result->prefunding_minor += drawn_minor;
    move(work, bank, counterparty, -from_reserve_minor, -drawn_minor);
}

void ib_plan_credit(struct ib_work *work, size_t bank, size_t counterparty, int64_t amount_minor) {
    tw_assert(amount_minor >= 0);
    if (amount_minor > 0) {
        work->plan->banks[bank].credit_minor += amount_minor;
        move(work, bank, counterparty, amount_minor, 0);
    }
}

void ib_plan_default(struct ib_work *work, size_t bank, int64_t shortfall_minor) {
    tw_assert(shortfall_minor > 0 && work->resort == IB_RESORT_RECAST);
    work->plan->banks[bank].defaulted = true;
    work->plan->banks[bank].shortfall_minor = shortfall_minor;
}

/* --- fates of payments ---------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b) {
    const int64_t left = ((const struct ib_plan_payment *)a)->number;
    const int64_t right = ((const struct ib_plan_payment *)b)->number;
    return (left > right) - (left < right);
}

struct tw_status ib_plan_payments(struct ib_work *work, const struct ib_queued *items, size_t count,
                                  struct tw_error *ret_error) {
    struct ib_plan *plan = work->plan;
    plan->payment_count = count;
    for (size_t i = 0; i < count; i++) {
        plan->payments[i] = (struct ib_plan_payment){items[i].payment.number, IB_STEP_OF_NONE};
    }
    qsort(plan->payments, count, sizeof *plan->payments, compare_numbers);
    for (size_t i = 1; i < count; i++) {
        if (plan->payments[i - 1].number == plan->payments[i].number) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "payment number %lld is there twice",
                           (long long)plan->payments[i].number);
        }
    }
    return tw_success();
}

void ib_plan_settle(struct ib_work *work, int64_t number) {
    struct ib_plan *plan = work->plan;
    const struct ib_plan_payment key = {.number = number};
    struct ib_plan_payment *fate =
        bsearch(&key, plan->payments, plan->payment_count, sizeof key, compare_numbers);
    tw_assert(fate != NULL && fate->step == IB_STEP_OF_NONE);
    fate->step = plan->step_count - 1;
}

/* --- end ------------------------------------------------------------------------------------ */

/* part / whole in basis points, rounded down. Digit by digit: the product would overflow. */
static int32_t basis_points(int64_t part_minor, int64_t whole_minor) {
    if (whole_minor == 0) {
        return 0;
    }
    int32_t result = (int32_t)(part_minor / whole_minor);
    for (int unit = 1; unit < IB_BASIS_POINTS; unit *= 10) {
        part_minor = part_minor % whole_minor * 10;
        result = result * 10 + (int32_t)(part_minor / whole_minor);
    }
    return result;
}

static void fill_totals(struct ib_work *work) {
    struct ib_plan *plan = work->plan;
    for (size_t i = 0; i < work->count; i++) {
        struct ib_plan_bank *bank = &plan->banks[i];
        bank->net_minor = bank->credit_minor - bank->debit_minor;
        bank->suspended = bank->prefunding_minor > 0 || bank->defaulted;
        bank->cap_minor = bank->defaulted ? 0 : work->left[i].prefunding_minor;
        plan->liquidity_minor += bank->debit_minor;
        for (size_t j = 0; j < work->count; j++) {
            const int64_t amount_minor = *ib_owed(work, i, j);
            if (amount_minor > 0) {
                plan->excluded[plan->excluded_count++] =
                    (struct ib_obligation){.payer = work->opening[i].bank_code,
                                           .payee = work->opening[j].bank_code,
                                           .amount_minor = amount_minor};
                plan->excluded_minor += amount_minor;
            }
        }
    }
    plan->settled_minor = plan->gross_minor - plan->excluded_minor;
    plan->efficiency_bp =
        basis_points(plan->settled_minor - plan->liquidity_minor, plan->settled_minor);
}

static struct ib_participant *bank_of(struct ib_participant *banks, size_t count, int32_t code) {
    for (size_t i = 0; i < count; i++) {
        if (banks[i].bank_code == code) {
            return &banks[i];
        }
    }
    return NULL;
}

/* Executes one step as an agent would; returns the movement after its last. */
static size_t execute(const struct ib_work *work, size_t step, size_t next,
                      struct ib_participant *banks) {
    const struct ib_plan *plan = work->plan;
    int64_t sum_minor = 0;
    bool credits = false;
    for (size_t left = plan->steps[step].movement_count; left > 0; left--, next++) {
        const struct ib_movement *movement = &plan->movements[next];
        const int64_t amount_minor = movement->reserve_minor + movement->prefunding_minor;
        struct ib_participant *bank = bank_of(banks, work->count, movement->bank_code);
        tw_assert(movement->step == step && bank != NULL && amount_minor != 0);
        tw_assert(amount_minor > 0 || !credits);
        credits = amount_minor > 0;
        sum_minor += amount_minor;
        bank->reserve_minor += movement->reserve_minor;
        bank->prefunding_minor += movement->prefunding_minor;
        tw_assert(bank->reserve_minor >= 0 && bank->prefunding_minor >= 0);
    }
    tw_assert(sum_minor == 0);
    return next;
}

/* The second proof: only the plan and the opening funds are looked at. */
static void prove(const struct ib_work *work) {
    const struct ib_plan *plan = work->plan;
    struct ib_participant banks[IB_NETTING_BANKS_MAX];
    int64_t settled_minor = 0;
    int64_t position_minor = 0;
    size_t next = 0;
    for (size_t i = 0; i < work->count; i++) {
        banks[i] = work->opening[i];
        position_minor += plan->banks[i].position_minor;
    }
    for (size_t step = 0; step < plan->step_count; step++) {
        next = execute(work, step, next, banks);
        settled_minor += plan->steps[step].settled_minor;
    }
    tw_assert(next == plan->movement_count && position_minor == 0);
    tw_assert(settled_minor == plan->settled_minor && plan->liquidity_minor <= settled_minor);
    for (size_t i = 0; i < work->count; i++) {
        const struct ib_plan_bank *bank = &plan->banks[i];
        tw_assert(banks[i].reserve_minor + banks[i].prefunding_minor ==
                  work->opening[i].reserve_minor + work->opening[i].prefunding_minor +
                      bank->net_minor);
        tw_assert(bank->debit_minor == bank->reserve_minor + bank->prefunding_minor);
    }
}

struct ib_plan *ib_plan_finish(struct ib_work *work, bool complete) {
    struct ib_plan *plan = work->plan;
    plan->complete = complete;
    fill_totals(work);
    prove(work);
    work->plan = NULL;
    return plan;
}
