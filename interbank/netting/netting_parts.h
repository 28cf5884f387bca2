/*
 * What the parts of netting/ share: the books a plan is made from, and the plan while it is made.
 * intake.c fills both from checked input, netting.c (deferred) and gross.c with gridlock.c settle,
 * shortfall.c says who takes part, plan.c writes the movements and proves the result. Banks are
 * indices into `banks`, which is sorted by code. Internal to netting/.
 */
#ifndef IB_NETTING_NETTING_PARTS_H
#define IB_NETTING_NETTING_PARTS_H

#include "netting/netting.h"

struct ib_work {
    size_t count;
    struct ib_participant opening[IB_NETTING_BANKS_MAX]; /* as brought, by code */
    struct ib_participant left[IB_NETTING_BANKS_MAX];    /* after the movements so far */
    int64_t *owed; /* [payer * count + payee]: brought, and not settled so far */
    enum ib_resort resort;
    struct ib_plan *plan;
};

static inline int64_t *ib_owed(struct ib_work *work, size_t payer, size_t payee) {
    return &work->owed[payer * work->count + payee];
}

/* What the bank can pay with, as far as `resort` allows. */
static inline int64_t ib_funds(const struct ib_work *work, size_t bank, enum ib_resort resort) {
    const struct ib_participant *left = &work->left[bank];
    return left->reserve_minor + (resort >= IB_RESORT_PREFUNDING ? left->prefunding_minor : 0);
}

/* --- intake.c ------------------------------------------------------------------------------- */

/* *ret_work is the caller's, with ib_work_free, which frees its plan too if it still has it. */
struct tw_status ib_work_new(const struct ib_participant *participants, size_t count,
                             enum ib_resort resort, struct ib_work **ret_work,
                             struct tw_error *ret_error);
void ib_work_free(struct ib_work *work);
struct tw_status ib_work_owe(struct ib_work *work, const struct ib_obligation *obligations,
                             size_t count, struct tw_error *ret_error);

struct ib_queued {
    struct ib_payment payment;
    size_t payer, payee; /* indices */
};

/* Checks payments, adds them to what is owed, and fills items[count] in the order of payer,
 * priority, number. */
struct tw_status ib_work_queue(struct ib_work *work, const struct ib_payment *payments,
                               size_t count, struct ib_queued *items, struct tw_error *ret_error);

/* --- plan.c --------------------------------------------------------------------------------- */

/* An empty plan with room for so much; what is owed becomes the banks' positions. */
struct tw_status ib_plan_new(struct ib_work *work, enum ib_model model, size_t step_room,
                             size_t movement_room, size_t payment_count,
                             struct tw_error *ret_error);
void ib_plan_step(struct ib_work *work, enum ib_step_kind kind, int64_t settled_minor);
/* Moves money in the current step; an amount of 0 is no movement. counterparty is an index, or
 * IB_ALL. A debit takes the reserve first; the bank has enough. */
#define IB_ALL SIZE_MAX
void ib_plan_debit(struct ib_work *work, size_t bank, size_t counterparty, int64_t amount_minor);
void ib_plan_credit(struct ib_work *work, size_t bank, size_t counterparty, int64_t amount_minor);
void ib_plan_default(struct ib_work *work, size_t bank, int64_t shortfall_minor);
/* Every payment is unsettled at first; numbers must differ. Later: settled in the current step. */
struct tw_status ib_plan_payments(struct ib_work *work, const struct ib_queued *items, size_t count,
                                  struct tw_error *ret_error);
void ib_plan_settle(struct ib_work *work, int64_t number);
/* Totals and proof; the plan is the caller's from now on. */
struct ib_plan *ib_plan_finish(struct ib_work *work, bool complete);

/* --- netting.c ------------------------------------------------------------------------------ */

/* Nets among the banks that take part. */
struct ib_nets {
    enum ib_model model;
    bool in[IB_NETTING_BANKS_MAX];
    int64_t net_minor[IB_NETTING_BANKS_MAX];   /* > 0: the others owe it */
    int64_t pairs_minor[IB_NETTING_BANKS_MAX]; /* sum of the pairs in which it owes */
};

/* Takes a bank in or out; every other bank's nets follow. */
void ib_nets_change(struct ib_nets *nets, struct ib_work *work, size_t bank, bool in);
/* The sum of the bank's debits. */
int64_t ib_nets_due(const struct ib_nets *nets, size_t bank);

/* --- shortfall.c ---------------------------------------------------------------------------- */

/* Who takes part: nets has everybody, and keeps those who can pay. False when somebody is short
 * and the resort does not allow to go on without. */
bool ib_shortfall_resolve(struct ib_work *work, struct ib_nets *nets);

/* --- gridlock.c ----------------------------------------------------------------------------- */

/* Payments that are not settled: items[head[b]] to before items[end[b]] are bank b's, in order. */
struct ib_queue {
    struct ib_work *work;
    struct ib_queued *items;
    size_t head[IB_NETTING_BANKS_MAX], end[IB_NETTING_BANKS_MAX];
};

/* Each settles something from what the resort allows, or nothing and is false. */
bool ib_queue_single(struct ib_queue *queue);
bool ib_queue_bilateral(struct ib_queue *queue);
bool ib_queue_multilateral(struct ib_queue *queue, enum ib_resort resort);
/* What the bank would have if everything in the queue were settled at once; < 0: it is short. */
void ib_queue_positions(const struct ib_queue *queue, enum ib_resort resort,
                        int64_t ret_positions_minor[IB_NETTING_BANKS_MAX]);
/* The bank that is most below zero, the first of equals; IB_ALL when none is. */
size_t ib_most_short(const int64_t *positions_minor, size_t count);

#endif
