/* The commands that move money, as far as other commands use them. */
#ifndef BANK_CTL_MONEY_H
#define BANK_CTL_MONEY_H

#include "engine/op.h"

#include "ctl/ctl.h"

/* The operator's action, in a transaction of its own. */
struct tw_status ctl_money_log(struct ctl *ctl, const char *subject, struct tw_error *ret_error);

/* Logs the operator's action and posts. account_id 0: capital. txid NULL: a new one. ctl must have
 * been opened. */
struct tw_status ctl_money_post(struct ctl *ctl, const struct bank_op *op, int64_t account_id,
                                int64_t amount_minor, const struct tw_uuid *txid,
                                struct bank_decision *ret_decision, struct tw_error *ret_error);

/* The same for a request made elsewhere; subject is its line in the operators' log. */
struct tw_status ctl_money_run(struct ctl *ctl, const struct bank_op *op,
                               const struct bank_counter_request *request, const char *subject,
                               struct bank_decision *ret_decision, struct tw_error *ret_error);

#endif
