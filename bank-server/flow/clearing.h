/*
 * Clearing as a flow: what this bank answers when a peer asks about a settlement window, and what
 * it does itself to have closed windows reconciled, submitted to the settlement agent and settled
 * (docs/CLEARING.md).
 */
#ifndef BANK_FLOW_CLEARING_H
#define BANK_FLOW_CLEARING_H

#include "flow/passage.h"

/* Answers a passage whose operation is one of BANK_OP_CLEARING. */
void bank_clearing_answer(struct bank_passage *passage);

#endif
