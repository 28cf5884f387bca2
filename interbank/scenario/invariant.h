/*
 * What must hold after every scenario, whatever it did: DOMAIN's invariants at each bank (its
 * audit), at each terminal (T1 to T4: journal, machine and books agree) and between banks (X1 to
 * X7).
 */
#ifndef SCN_INVARIANT_H
#define SCN_INVARIANT_H

#include "scenario/run.h"

/* Heals, drains and judges everything, reporting each invariant. */
void scn_invariants(struct scn_run *run);

/* Parts of it. */
void scn_invariants_terminal(struct scn_run *run, struct scn_terminal *terminal);
void scn_invariants_network(struct scn_run *run);
void scn_invariants_leaks(struct scn_run *run);

#endif
