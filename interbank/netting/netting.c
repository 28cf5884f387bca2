/*
 * Deferred net settlement. Nets are kept while banks are taken out and put back: a change of one
 * bank touches each other bank once, so who takes part is found in time that grows with the square
 * of the number of banks, not with what they owe. In both models a bank must have the sum of its
 * debits before it gets its credits; that is what makes bilateral netting need more liquidity than
 * multilateral, and gross settlement more than both.
 */
#include "netting/netting_parts.h"

void ib_nets_change(struct ib_nets *nets, struct ib_work *work, size_t bank, bool in) {
    tw_assert(nets->in[bank] != in);
    const int64_t sign = in ? 1 : -1;
    for (size_t other = 0; other < work->count; other++) {
        if (other == bank || !nets->in[other]) {
            continue;
        }
        const int64_t owes_minor = *ib_owed(work, bank, other) - *ib_owed(work, other, bank);
        nets->net_minor[bank] -= sign * owes_minor;
        nets->net_minor[other] += sign * owes_minor;
        if (owes_minor > 0) {
            nets->pairs_minor[bank] += sign * owes_minor;
        } else {
            nets->pairs_minor[other] -= sign * owes_minor;
        }
    }
    nets->in[bank] = in;
}

int64_t ib_nets_due(const struct ib_nets *nets, size_t bank) {
    if (nets->model == IB_MODEL_BILATERAL) {
        return nets->pairs_minor[bank];
    }
    return nets->net_minor[bank] < 0 ? -nets->net_minor[bank] : 0;
}

/* --- settling ------------------------------------------------------------------------------- */

static void move_multilateral(struct ib_work *work, const struct ib_nets *nets) {
    for (size_t i = 0; i < work->count; i++) {
        if (nets->in[i]) {
            ib_plan_debit(work, i, IB_ALL, ib_nets_due(nets, i));
        }
    }
    for (size_t i = 0; i < work->count; i++) {
        if (nets->in[i] && nets->net_minor[i] > 0) {
            ib_plan_credit(work, i, IB_ALL, nets->net_minor[i]);
        }
    }
}

/* What i owes j when both amounts of the pair are set off; 0 when j owes i, or one is out. */
static int64_t pair_due(struct ib_work *work, const struct ib_nets *nets, size_t i, size_t j) {
    const int64_t due_minor = *ib_owed(work, i, j) - *ib_owed(work, j, i);
    return nets->in[i] && nets->in[j] && due_minor > 0 ? due_minor : 0;
}

static void move_bilateral(struct ib_work *work, const struct ib_nets *nets) {
    for (size_t i = 0; i < work->count; i++) {
        for (size_t j = 0; j < work->count; j++) {
            ib_plan_debit(work, i, j, pair_due(work, nets, i, j));
        }
    }
    for (size_t i = 0; i < work->count; i++) {
        for (size_t j = 0; j < work->count; j++) {
            ib_plan_credit(work, i, j, pair_due(work, nets, j, i));
        }
    }
}

/* Value between the banks that take part; `clear` takes it out of what is owed. */
static int64_t value_between(struct ib_work *work, const struct ib_nets *nets, bool clear) {
    int64_t value_minor = 0;
    for (size_t i = 0; i < work->count; i++) {
        for (size_t j = 0; j < work->count; j++) {
            if (nets->in[i] && nets->in[j]) {
                value_minor += *ib_owed(work, i, j);
                *ib_owed(work, i, j) = clear ? 0 : *ib_owed(work, i, j);
            }
        }
    }
    return value_minor;
}

static void settle(struct ib_work *work, const struct ib_nets *nets) {
    const int64_t settled_minor = value_between(work, nets, false);
    if (settled_minor == 0) {
        return;
    }
    ib_plan_step(work, IB_STEP_NET, settled_minor);
    if (nets->model == IB_MODEL_BILATERAL) {
        move_bilateral(work, nets);
    } else {
        move_multilateral(work, nets);
    }
    (void)value_between(work, nets, true);
}

struct tw_status ib_net(const struct ib_participant *participants, size_t participant_count,
                        const struct ib_obligation *obligations, size_t obligation_count,
                        enum ib_model model, enum ib_resort resort, struct ib_plan **ret_plan,
                        struct tw_error *ret_error) {
    tw_assert(model == IB_MODEL_MULTILATERAL || model == IB_MODEL_BILATERAL);
    struct ib_work *work = NULL;
    *ret_plan = NULL;
    struct tw_status status =
        ib_work_new(participants, participant_count, resort, &work, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    const size_t pairs = participant_count * participant_count;
    status = ib_work_owe(work, obligations, obligation_count, ret_error);
    if (tw_ok(status)) {
        status = ib_plan_new(work, model, 1, pairs, 0, ret_error);
    }
    if (tw_ok(status)) {
        struct ib_nets nets = {.model = model};
        for (size_t i = 0; i < work->count; i++) {
            ib_nets_change(&nets, work, i, true);
        }
        const bool complete = ib_shortfall_resolve(work, &nets);
        if (complete) {
            settle(work, &nets);
        }
        *ret_plan = ib_plan_finish(work, complete);
    }
    ib_work_free(work);
    return status;
}
