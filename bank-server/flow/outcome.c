/* ACCEPTED and REJECTED are stored at the beneficiary's bank; nothing else is final. */
#include "flow/outcome.h"

#include <stdio.h>
#include <string.h>

bool bank_outcome_read(const json_t *result, struct tw_credit_result *ret_outcome) {
    *ret_outcome = (struct tw_credit_result){0};
    if (result == NULL ||
        !tw_ok(tw_fields_read(result, tw_credit_result_fields, ret_outcome, NULL))) {
        return false;
    }
    bool approved = ret_outcome->outcome.rc == TW_RC_APPROVED;
    return strcmp(ret_outcome->status, approved ? "ACCEPTED" : "REJECTED") == 0;
}

struct tw_credit_result bank_outcome_unsent(void) {
    struct tw_credit_result outcome = {.outcome = bank_outcome(TW_RC_ISSUER_UNREACHABLE)};
    (void)snprintf(outcome.status, sizeof outcome.status, "REJECTED");
    (void)snprintf(outcome.reason, sizeof outcome.reason, "AB05");
    return outcome;
}

void bank_outcome_book(struct bank_flows *flows, int32_t peer, const struct tw_uuid *txid,
                       const struct tw_credit_result *outcome, bank_step_done_fn done,
                       void *context) {
    struct bank_item *item = bank_step_new(flows, &bank_op_transfer_outcome);
    if (item == NULL) {
        struct bank_item none = {.origin = BANK_UNDECIDED};
        done(context, &none);
        return;
    }
    item->request.header.txid = *txid;
    item->peer_answer.peer = peer;
    item->peer_answer.credit = *outcome;
    bank_step_run(flows, item, done, context);
}
