/*
 * Recast. While somebody is short, the bank that lacks most is taken out, the first by code of
 * equals, and the nets of the others follow: a bank that counted on a defaulter's money may now be
 * short itself, one that owed it may not be any more. So it is one bank at a time; all short banks
 * at once would take out some for nothing. Each round takes out one bank, so there are at most as
 * many as banks, and with nobody left nobody is short.
 *
 * Nobody is put back, though what is left for it after a later default may be little enough for it:
 * it could not pay when all others were taken to pay, and letting it in again would blame those who
 * are short only because of it. To find the fewest defaulters would mean to try all sets of banks.
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

bool ib_shortfall_resolve(struct ib_work *work, struct ib_nets *nets) {
    int64_t positions_minor[IB_NETTING_BANKS_MAX];
    bool nobody = true;
    fill_positions(work, nets, positions_minor);
    while (work->resort == IB_RESORT_RECAST) {
        const size_t bank = ib_most_short(positions_minor, work->count);
        if (bank == IB_ALL) {
            break;
        }
        ib_plan_default(work, bank, -positions_minor[bank]);
        ib_nets_change(nets, work, bank, false);
        fill_positions(work, nets, positions_minor);
    }
    for (size_t i = 0; i < work->count; i++) {
        if (positions_minor[i] < 0) {
            work->plan->banks[i].shortfall_minor = -positions_minor[i];
            nobody = false;
        }
    }
    return nobody;
}
