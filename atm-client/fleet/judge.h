/*
 * Whether what a fleet did can be right: single outcomes against themselves, and at the end each
 * terminal's journal against its machine (T1 and T4 of the invariants; what the banks' books say to
 * it, T2 and T3, is for who can read them). Texts are static or in the caller's buffer.
 */
#ifndef ATM_FLEET_JUDGE_H
#define ATM_FLEET_JUDGE_H

#include "atm-client/core/terminal.h"
#include "atm-client/fleet/profile.h"

/* Why the outcome contradicts itself, or what was asked for; NULL when it does not. */
const char *fleet_judge_outcome(enum fleet_kind kind, int64_t asked_minor,
                                const struct atm_outcome *outcome);

struct fleet_findings {
    int64_t suspects;  /* operations nobody knows the end of, not yet counted */
    int64_t half_done; /* requested or approved, and neither done nor undone */
    char notes[160];   /* which notes are not where the journal says; "" when all are */
};
struct tw_status fleet_judge_terminal(struct atm_journal *journal, const struct atm_world *world,
                                      struct fleet_findings *ret_findings,
                                      struct tw_error *ret_error);

#endif
