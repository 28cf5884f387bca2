/*
 * Input is checked whole before anything is computed: banks are sorted, so that their index stands
 * for their code from here on; obligations become a matrix, which has no order. The total is held
 * below the limit of one amount, and with it every sum that can be formed of a part. Errors name
 * the element by its place and the bank by its code.
 */
#include <stdlib.h>
#include <string.h>

#include "netting/netting_parts.h"

static int compare_participants(const void *a, const void *b) {
    const int32_t left = ((const struct ib_participant *)a)->bank_code;
    const int32_t right = ((const struct ib_participant *)b)->bank_code;
    return (left > right) - (left < right);
}

static bool is_amount(int64_t amount_minor) {
    return amount_minor >= 0 && amount_minor <= TW_AMOUNT_MAX_MINOR;
}

static struct tw_status check_participants(const struct ib_participant *sorted, size_t count,
                                           struct tw_error *ret_error) {
    for (size_t i = 0; i < count; i++) {
        const struct ib_participant *bank = &sorted[i];
        if (bank->bank_code <= 0) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "bank code %d of a participant",
                           bank->bank_code);
        }
        if (i > 0 && sorted[i - 1].bank_code == bank->bank_code) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "bank %d takes part twice",
                           bank->bank_code);
        }
        if (!is_amount(bank->reserve_minor) || !is_amount(bank->prefunding_minor)) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                           "reserve or prefunding of bank %d is not an amount", bank->bank_code);
        }
    }
    return tw_success();
}

struct tw_status ib_work_new(const struct ib_participant *participants, size_t count,
                             enum ib_resort resort, struct ib_work **ret_work,
                             struct tw_error *ret_error) {
    if (count > IB_NETTING_BANKS_MAX) {
        return tw_fail(ret_error, TW_E_TOO_LARGE, "more than %d banks", IB_NETTING_BANKS_MAX);
    }
    struct ib_work *work = calloc(1, sizeof *work);
    if (work != NULL) {
        work->owed = calloc(count * count + 1, sizeof *work->owed);
    }
    if (work == NULL || work->owed == NULL) {
        ib_work_free(work);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "books of %zu banks", count);
    }
    work->count = count;
    work->resort = resort;
    if (count > 0) {
        memcpy(work->opening, participants, count * sizeof *participants);
        qsort(work->opening, count, sizeof *work->opening, compare_participants);
    }
    memcpy(work->left, work->opening, sizeof work->left);
    struct tw_status status = check_participants(work->opening, count, ret_error);
    if (!tw_ok(status)) {
        ib_work_free(work);
        return status;
    }
    *ret_work = work;
    return status;
}

void ib_work_free(struct ib_work *work) {
    if (work == NULL) {
        return;
    }
    ib_plan_free(work->plan);
    free(work->owed);
    free(work);
}

/* --- obligations and payments --------------------------------------------------------------- */

static bool find_bank(const struct ib_work *work, int32_t code, size_t *ret_index) {
    const struct ib_participant key = {.bank_code = code};
    const struct ib_participant *found =
        bsearch(&key, work->opening, work->count, sizeof *work->opening, compare_participants);
    if (found != NULL) {
        *ret_index = (size_t)(found - work->opening);
    }
    return found != NULL;
}

/* What an obligation and a payment have in common. */
static struct tw_status find_pair(const struct ib_work *work, const char *what, size_t place,
                                  int32_t payer, int32_t payee, size_t ret_pair[2],
                                  struct tw_error *ret_error) {
    if (!find_bank(work, payer, &ret_pair[0]) || !find_bank(work, payee, &ret_pair[1])) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s %zu: bank %d or %d takes no part", what,
                       place, payer, payee);
    }
    if (payer == payee) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s %zu: bank %d owes itself", what, place,
                       payer);
    }
    return tw_success();
}

static struct tw_status owe(struct ib_work *work, const size_t pair[2], int64_t amount_minor,
                            int64_t *total_minor, struct tw_error *ret_error) {
    if (!tw_money_add(*total_minor, amount_minor, total_minor) ||
        *total_minor > TW_AMOUNT_MAX_MINOR) {
        return tw_fail(ret_error, TW_E_TOO_LARGE, "the total is above the largest amount");
    }
    *ib_owed(work, pair[0], pair[1]) += amount_minor;
    return tw_success();
}

static int compare_pairs(const void *a, const void *b) {
    const struct ib_obligation *left = a;
    const struct ib_obligation *right = b;
    const int payer = (left->payer > right->payer) - (left->payer < right->payer);
    return payer != 0 ? payer : (left->payee > right->payee) - (left->payee < right->payee);
}

/* A pair that is named twice need not have an amount, so the matrix does not tell. */
static struct tw_status check_twice(const struct ib_obligation *obligations, size_t count,
                                    struct tw_error *ret_error) {
    struct ib_obligation *sorted = calloc(count + 1, sizeof *sorted);
    if (sorted == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "%zu obligations", count);
    }
    struct tw_status status = tw_success();
    if (count > 0) {
        memcpy(sorted, obligations, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, compare_pairs);
    }
    for (size_t i = 1; i < count && tw_ok(status); i++) {
        if (compare_pairs(&sorted[i - 1], &sorted[i]) == 0) {
            status =
                tw_fail(ret_error, TW_E_INVALID_PARAMS, "what bank %d owes bank %d is named twice",
                        sorted[i].payer, sorted[i].payee);
        }
    }
    free(sorted);
    return status;
}

struct tw_status ib_work_owe(struct ib_work *work, const struct ib_obligation *obligations,
                             size_t count, struct tw_error *ret_error) {
    int64_t total_minor = 0;
    if (count > work->count * work->count) {
        return tw_fail(ret_error, TW_E_TOO_LARGE, "%zu obligations of %zu banks", count,
                       work->count);
    }
    struct tw_status status = check_twice(obligations, count, ret_error);
    for (size_t i = 0; i < count && tw_ok(status); i++) {
        const struct ib_obligation *one = &obligations[i];
        size_t pair[2] = {0};
        status = find_pair(work, "obligation", i, one->payer, one->payee, pair, ret_error);
        if (tw_ok(status) && !is_amount(one->amount_minor)) {
            status = tw_fail(ret_error, TW_E_INVALID_PARAMS, "obligation %zu is not an amount", i);
        }
        if (tw_ok(status)) {
            status = owe(work, pair, one->amount_minor, &total_minor, ret_error);
        }
    }
    return status;
}

static int compare_queued(const void *a, const void *b) {
    const struct ib_queued *left = a;
    const struct ib_queued *right = b;
    if (left->payer != right->payer) {
        return left->payer < right->payer ? -1 : 1;
    }
    if (left->payment.priority != right->payment.priority) {
        return left->payment.priority < right->payment.priority ? -1 : 1;
    }
    return (left->payment.number > right->payment.number) -
           (left->payment.number < right->payment.number);
}

struct tw_status ib_work_queue(struct ib_work *work, const struct ib_payment *payments,
                               size_t count, struct ib_queued *items, struct tw_error *ret_error) {
    int64_t total_minor = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ib_payment *one = &payments[i];
        size_t pair[2] = {0};
        struct tw_status status =
            find_pair(work, "payment", i, one->payer, one->payee, pair, ret_error);
        if (tw_ok(status) && (!is_amount(one->amount_minor) || one->amount_minor == 0)) {
            status = tw_fail(ret_error, TW_E_INVALID_PARAMS, "payment %zu is not an amount", i);
        }
        if (tw_ok(status)) {
            status = owe(work, pair, one->amount_minor, &total_minor, ret_error);
        }
        if (!tw_ok(status)) {
            return status;
        }
        items[i] = (struct ib_queued){.payment = *one, .payer = pair[0], .payee = pair[1]};
    }
    if (count > 0) {
        qsort(items, count, sizeof *items, compare_queued);
    }
    return tw_success();
}
