/*
 * The queue of the gross model, in the manner of Bech and Soramaki. Each payer's payments keep
 * their order, so what is settled of a queue is always a beginning of each bank's list. Take two
 * sets of beginnings that each leave nobody below zero: of both together, each bank pays what it
 * pays in one of them and gets at least what it gets there, so nobody is below zero either. Hence
 * there is one largest set that can be settled at once.
 *
 * Multilateral offset finds it: assume that everything is settled; a bank that is then below zero
 * cannot settle its last payment in any set that is smaller, because taking away payments of
 * others only takes money from it; so the last payment of the bank that is most short leaves the
 * set, and so on. Each round takes out one payment, so there are at most as many rounds as
 * payments, each looks at every bank once, and the result depends neither on which short bank goes
 * first nor on what was settled singly before. Without the fixed order of a payer's payments the
 * largest set is a knapsack problem; and a large payment could be overtaken for ever.
 *
 * Single settlement and bilateral offset look at the first payment of each list only. They come
 * first because they need no agreement of many; they never lessen what multilateral offset finds.
 */
#include <stdlib.h>

#include "netting/netting_parts.h"

size_t ib_most_short(const int64_t *positions_minor, size_t count) {
    size_t most = IB_ALL;
    for (size_t i = 0; i < count; i++) {
        if (positions_minor[i] < (most == IB_ALL ? 0 : positions_minor[most])) {
            most = i;
        }
    }
    return most;
}

static const struct ib_queued *first(const struct ib_queue *queue, size_t bank) {
    return queue->head[bank] < queue->end[bank] ? &queue->items[queue->head[bank]] : NULL;
}

/* By priority, then number, whoever pays; NULL is later than any. */
static bool earlier(const struct ib_queued *a, const struct ib_queued *b) {
    if (b == NULL || a->payment.priority != b->payment.priority) {
        return b == NULL || a->payment.priority < b->payment.priority;
    }
    return a->payment.number < b->payment.number;
}

/* The first payment of the bank leaves the queue, settled in the current step. */
static void pop(struct ib_queue *queue, size_t bank) {
    const struct ib_queued *item = first(queue, bank);
    ib_plan_settle(queue->work, item->payment.number);
    *ib_owed(queue->work, item->payer, item->payee) -= item->payment.amount_minor;
    queue->head[bank]++;
}

/* --- single --------------------------------------------------------------------------------- */

bool ib_queue_single(struct ib_queue *queue) {
    struct ib_work *work = queue->work;
    const struct ib_queued *next = NULL;
    for (size_t i = 0; i < work->count; i++) {
        const struct ib_queued *item = first(queue, i);
        if (item != NULL && item->payment.amount_minor <= ib_funds(work, i, IB_RESORT_NONE) &&
            earlier(item, next)) {
            next = item;
        }
    }
    if (next == NULL) {
        return false;
    }
    const int64_t amount_minor = next->payment.amount_minor;
    ib_plan_step(work, IB_STEP_SINGLE, amount_minor);
    ib_plan_debit(work, next->payer, next->payee, amount_minor);
    ib_plan_credit(work, next->payee, next->payer, amount_minor);
    pop(queue, next->payer);
    return true;
}

/* --- bilateral ------------------------------------------------------------------------------ */

/* The opposite payment that is first in its list, when who owes the difference has it. */
static const struct ib_queued *opposite(const struct ib_queue *queue,
                                        const struct ib_queued *item) {
    const struct ib_queued *other = first(queue, item->payee);
    if (other == NULL || other->payee != item->payer) {
        return NULL;
    }
    const int64_t due_minor = item->payment.amount_minor - other->payment.amount_minor;
    const size_t debtor = due_minor > 0 ? item->payer : other->payer;
    return llabs(due_minor) <= ib_funds(queue->work, debtor, IB_RESORT_NONE) ? other : NULL;
}

bool ib_queue_bilateral(struct ib_queue *queue) {
    struct ib_work *work = queue->work;
    const struct ib_queued *next = NULL;
    for (size_t i = 0; i < work->count; i++) {
        const struct ib_queued *item = first(queue, i);
        if (item != NULL && opposite(queue, item) != NULL && earlier(item, next)) {
            next = item;
        }
    }
    if (next == NULL) {
        return false;
    }
    const struct ib_queued *other = opposite(queue, next);
    const int64_t due_minor = next->payment.amount_minor - other->payment.amount_minor;
    const size_t debtor = due_minor > 0 ? next->payer : other->payer;
    const size_t creditor = due_minor > 0 ? other->payer : next->payer;
    ib_plan_step(work, IB_STEP_BILATERAL, next->payment.amount_minor + other->payment.amount_minor);
    ib_plan_debit(work, debtor, creditor, llabs(due_minor));
    ib_plan_credit(work, creditor, debtor, llabs(due_minor));
    pop(queue, debtor);
    pop(queue, creditor);
    return true;
}

/* --- multilateral --------------------------------------------------------------------------- */

void ib_queue_positions(const struct ib_queue *queue, enum ib_resort resort,
                        int64_t ret_positions_minor[IB_NETTING_BANKS_MAX]) {
    const struct ib_work *work = queue->work;
    for (size_t i = 0; i < work->count; i++) {
        ret_positions_minor[i] = ib_funds(work, i, resort);
    }
    for (size_t i = 0; i < work->count; i++) {
        for (size_t at = queue->head[i]; at < queue->end[i]; at++) {
            const struct ib_queued *item = &queue->items[at];
            ret_positions_minor[item->payer] -= item->payment.amount_minor;
            ret_positions_minor[item->payee] += item->payment.amount_minor;
        }
    }
}

/* Where the largest set ends in each list; positions become those after it is settled. */
static void shrink(const struct ib_queue *queue, size_t ends[IB_NETTING_BANKS_MAX],
                   int64_t positions_minor[IB_NETTING_BANKS_MAX]) {
    for (;;) {
        const size_t bank = ib_most_short(positions_minor, queue->work->count);
        if (bank == IB_ALL) {
            return;
        }
        tw_assert(ends[bank] > queue->head[bank]); /* who pays nothing has what it had, or more */
        const struct ib_queued *last = &queue->items[--ends[bank]];
        positions_minor[last->payer] += last->payment.amount_minor;
        positions_minor[last->payee] -= last->payment.amount_minor;
    }
}

bool ib_queue_multilateral(struct ib_queue *queue, enum ib_resort resort) {
    struct ib_work *work = queue->work;
    int64_t after_minor[IB_NETTING_BANKS_MAX];
    int64_t change_minor[IB_NETTING_BANKS_MAX] = {0};
    size_t ends[IB_NETTING_BANKS_MAX] = {0};
    int64_t settled_minor = 0;
    ib_queue_positions(queue, resort, after_minor);
    for (size_t i = 0; i < work->count; i++) {
        ends[i] = queue->end[i];
    }
    shrink(queue, ends, after_minor);
    for (size_t i = 0; i < work->count; i++) {
        change_minor[i] = after_minor[i] - ib_funds(work, i, resort);
        for (size_t at = queue->head[i]; at < ends[i]; at++) {
            settled_minor += queue->items[at].payment.amount_minor;
        }
    }
    if (settled_minor == 0) {
        return false;
    }
    ib_plan_step(work, IB_STEP_MULTILATERAL, settled_minor);
    for (size_t i = 0; i < work->count; i++) {
        ib_plan_debit(work, i, IB_ALL, change_minor[i] < 0 ? -change_minor[i] : 0);
    }
    for (size_t i = 0; i < work->count; i++) {
        ib_plan_credit(work, i, IB_ALL, change_minor[i] > 0 ? change_minor[i] : 0);
        while (queue->head[i] < ends[i]) {
            pop(queue, i);
        }
    }
    return true;
}
