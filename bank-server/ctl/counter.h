/*
 * Money at the counter, through the bank server's own posting engine: for as long as it takes, this
 * process is a bank server with one lane. So money has one code path, and what was posted here is
 * in the hash chain like everything else.
 */
#ifndef BANK_CTL_COUNTER_H
#define BANK_CTL_COUNTER_H

#include "ctl/ctl.h"
#include "engine/op.h"

struct ctl_counter;

/* ctl must have been opened: the bank's row is known. */
struct tw_status ctl_counter_open(const struct ctl *ctl, struct ctl_counter **ret_counter,
                                  struct tw_error *ret_error);
void ctl_counter_close(struct ctl_counter *counter);

/* One posting. CONFLICT when it was declined: "declined: 51 insufficient funds". DEADLINE: the
 * outcome is unknown; the same txid may be posted again and gets the answer that was stored.
 * *ret_decision is set when there is a decision, declined or not. */
struct tw_status ctl_counter_post(struct ctl_counter *counter, const struct bank_op *op,
                                  const struct bank_counter_request *request,
                                  struct bank_decision *ret_decision, struct tw_error *ret_error);

/* A break ends; its decision is stored under the break's id. */
struct tw_status ctl_counter_correct(struct ctl_counter *counter,
                                     const struct bank_break_request *request,
                                     struct bank_decision *ret_decision,
                                     struct tw_error *ret_error);

/* The same deposit for `count` accounts with consecutive numbers; stops at the first failure. */
struct tw_status ctl_counter_deposit_all(struct ctl_counter *counter, int64_t first_account,
                                         int64_t count, int64_t amount_minor,
                                         struct tw_error *ret_error);

#endif
