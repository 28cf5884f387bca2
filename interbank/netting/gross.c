/*
 * Gross settlement of a queue. Reserves first: single payments as long as one can be settled, a
 * bilateral offset when none can, and multilateral offset at the end, after which no payment can be
 * settled from reserves in any way (gridlock.c). Prefunding is drawn for what is then left, by one
 * more multilateral offset, so that each bank draws no more than its net of that set; drawn payment
 * by payment it would pay for money that arrives a moment later.
 *
 * A bank defaults when it lacks money even if everything that is queued for it were paid. While
 * payments are left there is such a bank: otherwise all of them could be settled at once. It is
 * taken out with all its payments, to it and from it, and the rest is tried again; so this ends
 * after at most as many rounds as there are banks, with an empty queue.
 */
#include <stdlib.h>

#include "netting/netting_parts.h"

static void find_lists(struct ib_queue *queue, size_t count) {
    size_t at = 0;
    for (size_t bank = 0; bank < queue->work->count; bank++) {
        queue->head[bank] = at;
        while (at < count && queue->items[at].payer == bank) {
            at++;
        }
        queue->end[bank] = at;
    }
    tw_assert(at == count);
}

/* Payments to and from the bank leave the queue unsettled. */
static void take_out(struct ib_queue *queue, size_t bank) {
    queue->head[bank] = queue->end[bank];
    for (size_t i = 0; i < queue->work->count; i++) {
        size_t kept = queue->head[i];
        for (size_t at = queue->head[i]; at < queue->end[i]; at++) {
            if (queue->items[at].payee != bank) {
                queue->items[kept++] = queue->items[at];
            }
        }
        queue->end[i] = kept;
    }
}

static void settle_what_can_be(struct ib_queue *queue) {
    while (ib_queue_single(queue) || ib_queue_bilateral(queue)) {
        /* each may make the other possible */
    }
    (void)ib_queue_multilateral(queue, IB_RESORT_NONE);
    if (queue->work->resort >= IB_RESORT_PREFUNDING) {
        (void)ib_queue_multilateral(queue, IB_RESORT_PREFUNDING);
    }
}

static bool is_empty(const struct ib_queue *queue) {
    for (size_t i = 0; i < queue->work->count; i++) {
        if (queue->head[i] < queue->end[i]) {
            return false;
        }
    }
    return true;
}

/* True when the queue is empty in the end. */
static bool settle(struct ib_queue *queue) {
    struct ib_work *work = queue->work;
    int64_t positions_minor[IB_NETTING_BANKS_MAX];
    for (;;) {
        settle_what_can_be(queue);
        if (is_empty(queue)) {
            return true;
        }
        ib_queue_positions(queue, work->resort, positions_minor);
        if (work->resort != IB_RESORT_RECAST) {
            break;
        }
        const size_t bank = ib_most_short(positions_minor, work->count);
        tw_assert(bank != IB_ALL);
        ib_plan_default(work, bank, -positions_minor[bank]);
        take_out(queue, bank);
    }
    for (size_t i = 0; i < work->count; i++) {
        work->plan->banks[i].shortfall_minor = positions_minor[i] < 0 ? -positions_minor[i] : 0;
    }
    return false;
}

static struct tw_status make_plan(struct ib_work *work, const struct ib_payment *payments,
                                  size_t count, struct ib_queued *items, struct ib_plan **ret_plan,
                                  struct tw_error *ret_error) {
    struct tw_status status = ib_work_queue(work, payments, count, items, ret_error);
    if (tw_ok(status)) {
        /* A step settles a payment at least, and moves money of no more banks than its payments
         * name. */
        status = ib_plan_new(work, IB_MODEL_GROSS, count, 2 * count, count, ret_error);
    }
    if (tw_ok(status)) {
        status = ib_plan_payments(work, items, count, ret_error);
    }
    if (tw_ok(status)) {
        struct ib_queue queue = {.work = work, .items = items};
        find_lists(&queue, count);
        const bool complete = settle(&queue);
        *ret_plan = ib_plan_finish(work, complete);
    }
    return status;
}

struct tw_status ib_settle_gross(const struct ib_participant *participants,
                                 size_t participant_count, const struct ib_payment *payments,
                                 size_t payment_count, enum ib_resort resort,
                                 struct ib_plan **ret_plan, struct tw_error *ret_error) {
    struct ib_work *work = NULL;
    *ret_plan = NULL;
    if (payment_count > IB_NETTING_PAYMENTS_MAX) {
        return tw_fail(ret_error, TW_E_TOO_LARGE, "more than %d payments", IB_NETTING_PAYMENTS_MAX);
    }
    struct tw_status status =
        ib_work_new(participants, participant_count, resort, &work, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    struct ib_queued *items = calloc(payment_count + 1, sizeof *items);
    status = items == NULL
                 ? tw_fail(ret_error, TW_E_NO_MEMORY, "queue of %zu payments", payment_count)
                 : make_plan(work, payments, payment_count, items, ret_plan, ret_error);
    free(items);
    ib_work_free(work);
    return status;
}
