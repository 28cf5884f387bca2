/*
 * Computes every lane's hash chain again from the rows, with the bank server's own encoding
 * (engine/chain.h), and compares: whoever edits, adds or removes a decision or an entry would have
 * to replace every digest after it, and those that were kept elsewhere (bankctl heads).
 */
#ifndef BANK_CTL_CHAIN_CHECK_H
#define BANK_CTL_CHAIN_CHECK_H

#include "ctl/ctl.h"
#include "desk/findings.h"

/* Adds two checks: geneses with their anchors, and batches. Inside the caller's snapshot. */
struct tw_status ctl_chain_check(struct ctl_findings *findings, PGconn *connection,
                                 struct tw_error *ret_error);

#endif
