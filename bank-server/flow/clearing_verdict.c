/*
 * Equal totals are the end of it, whatever is in doubt: each book then has every item that either
 * bank decided in the window, because both had closed it when they looked.
 */
#include "flow/clearing_verdict.h"

#include <inttypes.h>
#include <stdio.h>

/* True, with the reason, when items may still be on their way. */
static bool is_draining(const struct bank_pair_facts *facts, const char *difference, char *reason) {
    if (facts->both_closed_ms >= facts->drain_max_ms) {
        return false;
    }
    if (facts->in_doubt_here > 0) {
        (void)snprintf(reason, BANK_REASON_SIZE,
                       "%s differs: %" PRId64 " of our messages to bank %" PRId32
                       " not acknowledged",
                       difference, facts->in_doubt_here, facts->peer);
        return true;
    }
    if (facts->in_doubt_there > 0) {
        (void)snprintf(reason, BANK_REASON_SIZE,
                       "%s differs: %" PRId64 " messages of bank %" PRId32 " not acknowledged here",
                       difference, facts->in_doubt_there, facts->peer);
        return true;
    }
    (void)snprintf(reason, BANK_REASON_SIZE, "%s differs: items may still be on their way",
                   difference);
    return facts->both_closed_ms < facts->drain_ms;
}

enum bank_verdict bank_pair_judge(const struct bank_pair_facts *facts,
                                  char ret_reason[BANK_REASON_SIZE]) {
    if (facts->refusal != NULL) {
        (void)snprintf(ret_reason, BANK_REASON_SIZE, "bank %" PRId32 ": %s", facts->peer,
                       facts->refusal);
        return BANK_WAIT;
    }
    if (facts->open_there) {
        (void)snprintf(ret_reason, BANK_REASON_SIZE,
                       "bank %" PRId32 " has not closed window %" PRId32, facts->peer,
                       facts->window_no);
        return BANK_WAIT;
    }
    const char *difference = ib_totals_difference(&facts->ours, &facts->theirs);
    if (difference == NULL) {
        ret_reason[0] = '\0';
        return BANK_AGREE;
    }
    if (is_draining(facts, difference, ret_reason)) {
        return BANK_DRAIN;
    }
    (void)snprintf(ret_reason, BANK_REASON_SIZE, "%s differs: compared item by item", difference);
    return BANK_COMPARE;
}
