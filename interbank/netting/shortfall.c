/*
 * Recast. While somebody is short, the bank that lacks most is taken out, the first by code of
 * equals, and the nets of the others follow: a bank that counted on a defaulter's money may now be
 * short itself, one that owed it may not be any more. So it is one bank at a time; all short banks
 * at once would take out some for nothing. Each round takes out one bank, so there are at most as
 * many as banks, and with nobody left nobody is short.
 *
 * Whoever was taken out early may be able to pay after a later one is gone. Therefore those taken
 * out are tried again, the last one first, until none can be put back without making somebody
 * short: only who then is out has defaulted. To find the fewest defaulters would mean to try all
 * sets of banks; this finds a set that no single bank can be added to.
 */
#include "netting/netting_parts.h"

/* Below zero: what the bank lacks to pay its debits. */
static void fill_positions(const struct ib_work *work, const struct ib_nets *nets,
                           int64_t positions_minor[IB_NETTING_BANKS_MAX]) {
    for (size_t i = 0; i < work->count; i++) {
        positions_minor[i] =
            nets->in[i] ? ib_funds(work, i, work->resort) - ib_nets_due(nets, i) : 0;
    }
}

static bool somebody_short(const struct ib_work *work, const struct ib_nets *nets) {
    int64_t positions_minor[IB_NETTING_BANKS_MAX];
    fill_positions(work, nets, positions_minor);
    return ib_most_short(positions_minor, work->count) != IB_ALL;
}

struct defaulters {
    size_t count;
    size_t banks[IB_NETTING_BANKS_MAX]; /* in the order in which they were taken out */
    int64_t lacked_minor[IB_NETTING_BANKS_MAX];
};

static void take_out(struct ib_work *work, struct ib_nets *nets, struct defaulters *out) {
    for (;;) {
        int64_t positions_minor[IB_NETTING_BANKS_MAX];
        fill_positions(work, nets, positions_minor);
        const size_t bank = ib_most_short(positions_minor, work->count);
        if (bank == IB_ALL) {
            return;
        }
        ib_nets_change(nets, work, bank, false);
        out->lacked_minor[out->count] = -positions_minor[bank];
        out->banks[out->count++] = bank;
    }
}

/* True when at least one was put back. */
static bool put_back(struct ib_work *work, struct ib_nets *nets, const struct defaulters *out) {
    bool any = false;
    for (size_t i = out->count; i > 0; i--) {
        const size_t bank = out->banks[i - 1];
        if (nets->in[bank]) {
            continue;
        }
        ib_nets_change(nets, work, bank, true);
        if (somebody_short(work, nets)) {
            ib_nets_change(nets, work, bank, false);
        } else {
            any = true;
        }
    }
    return any;
}

static bool report_short(struct ib_work *work, const struct ib_nets *nets) {
    int64_t positions_minor[IB_NETTING_BANKS_MAX];
    bool nobody = true;
    fill_positions(work, nets, positions_minor);
    for (size_t i = 0; i < work->count; i++) {
        if (positions_minor[i] < 0) {
            work->plan->banks[i].shortfall_minor = -positions_minor[i];
            nobody = false;
        }
    }
    return nobody;
}

bool ib_shortfall_resolve(struct ib_work *work, struct ib_nets *nets) {
    if (work->resort != IB_RESORT_RECAST) {
        return report_short(work, nets);
    }
    struct defaulters out = {0};
    take_out(work, nets, &out);
    while (put_back(work, nets, &out)) {
        /* one that is back may be what another one lacked */
    }
    for (size_t i = 0; i < out.count; i++) {
        if (!nets->in[out.banks[i]]) {
            ib_plan_default(work, out.banks[i], out.lacked_minor[i]);
        }
    }
    return true;
}
