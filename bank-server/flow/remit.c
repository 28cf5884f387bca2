/*
 * Only an answer that the beneficiary's bank has stored is an outcome. Anything else leaves the
 * transfer to delivery, and the customer hears "pending" as soon as the beneficiary's time is over.
 */
#include "flow/remit.h"

#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "flow/outcome.h"

static void on_outcome(void *context, const struct bank_item *step) {
    struct bank_passage *passage = context;
    struct bank_item *item = &passage->item;
    if (bank_step_decided(step)) {
        item->fate.final = true;
        item->fate.rc = step->decision.rc;
        item->fate.fee_window_no = step->has_extra ? step->extra.window_no : 0;
        bank_reason_of(&step->decision, item->fate.reason);
        if (step->decision.has_balance) {
            item->decision.ledger_minor = step->decision.ledger_minor;
            item->decision.available_minor = step->decision.available_minor;
            item->decision.entry_no = step->decision.entry_no;
        }
    }
    passage->decided(passage);
}

static void on_answer(void *context, const struct tw_answer *answer) {
    struct bank_passage *passage = context;
    struct bank_item *item = &passage->item;
    struct tw_credit_result outcome = {0};
    tw_crash_point("peer.beneficiary_answered");
    if (answer->nothing_sent) {
        outcome = bank_outcome_unsent();
    } else if (!tw_ok(answer->status) || !bank_outcome_read(answer->result, &outcome)) {
        tw_log(TW_LOG_WARN, "transfer unknown", TW_INT("peer", item->message.peer),
               TW_STR("reason", answer->error != NULL ? answer->error->detail : "no outcome"),
               TW_STR("trace_id", item->trace.trace_id));
        passage->decided(passage);
        return;
    }
    bank_outcome_book(passage->flows, item->message.peer, &item->decision.txid, &outcome,
                      on_outcome, passage);
}

void bank_remit_begin(struct bank_passage *passage) {
    struct bank_item *item = &passage->item;
    struct bank_flows *flows = passage->flows;
    char traceparent[TW_TRACEPARENT_SIZE];
    tw_crash_point("peer.transfer_held");
    (void)json_object_set_new(item->message.params, "traceparent",
                              json_string(tw_trace_text(&item->trace, traceparent)));
    ib_peers_call(flows->peers, item->message.peer, item->message.method, item->message.params,
                  tw_loop_now_us(flows->loop) + flows->beneficiary_wait_us, on_answer, passage);
}
