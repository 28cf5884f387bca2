/*
 * What is to be done about a pair whose peer was asked for its totals: a pure decision, and the
 * reason in the words that operators read (window_pair.reason).
 *
 *   WAIT      the peer has not closed the window, or told nothing that counts
 *   DRAIN     totals differ, and items may still be on their way
 *   COMPARE   they still differ: item by item
 *   AGREE     they are the same
 */
#ifndef BANK_FLOW_CLEARING_VERDICT_H
#define BANK_FLOW_CLEARING_VERDICT_H

#include "clearing/statement.h"

#define BANK_REASON_SIZE 256

enum bank_verdict { BANK_WAIT, BANK_DRAIN, BANK_COMPARE, BANK_AGREE };

struct bank_pair_facts {
    int32_t peer, window_no;
    const char *refusal; /* why the peer told nothing that counts, or NULL */
    bool open_there;
    struct ib_totals ours, theirs;
    int64_t in_doubt_here, in_doubt_there; /* messages that are not acknowledged */
    int64_t both_closed_ms;                /* since that was known; -1: it was not */
    int64_t drain_ms, drain_max_ms;
};

/* The reason is "" for AGREE. */
enum bank_verdict bank_pair_judge(const struct bank_pair_facts *facts,
                                  char ret_reason[BANK_REASON_SIZE]);

#endif
