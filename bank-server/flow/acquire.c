/*
 * Nothing is stored before the issuer is asked: whatever is lost here, the terminal's advice brings
 * back. The exception is a fee of a transfer, of which no terminal would ever remind us: the
 * inquiry that will settle it is stored first.
 *
 * Rejected: a row per forwarded withdrawal (a commit more for each, and it would know nothing that
 * the terminal's journal does not).
 */
#include "flow/acquire.h"

#include <string.h>

#include "core/crash.h"
#include "core/log.h"
#include "flow/delivery.h"
#include "ops/acquirer.h"

enum { CHECKING, NOTING, ASKING, BOOKING, RECALLING, UNDOING };

/* A bank server that died may have asked the issuer under this very key: whoever comes again is not
 * told that nothing happened before that is made sure of. */
static bool moves_cash(const struct bank_passage *passage) {
    return passage->op == &bank_op_withdraw || passage->op == &bank_op_deposit;
}

static bool is_transfer(const struct bank_passage *passage) {
    return passage->op == &bank_op_transfer;
}

/* --- endings --------------------------------------------------------------------------------- */

static const struct bank_op *cash_op(const struct bank_passage *passage,
                                     const struct bank_op *withdrawal,
                                     const struct bank_op *deposit) {
    return passage->op == &bank_op_withdraw ? withdrawal : deposit;
}

/* After the check, whose answer is the bare response code. */
static void end_with(struct bank_passage *passage, enum tw_rc rc) {
    passage->item.decision.rc = rc;
    passage->decided(passage);
}

static void end_failed(struct bank_passage *passage, enum tw_code code, const char *reason) {
    struct tw_error error = {0};
    struct tw_status status = tw_fail(&error, code, "%s", reason);
    (void)status;
    passage->fail(passage, &error);
}

/* What the issuer said, without what only banks tell each other. */
static void end_relayed(struct bank_passage *passage) {
    static const char *const between_banks[] = {"interchange", "window_no", "original_rc",
                                                "original_amount", "original_window_no"};
    json_t *result = passage->result;
    passage->result = NULL;
    for (size_t i = 0; i < sizeof between_banks / sizeof between_banks[0]; i++) {
        (void)json_object_del(result, between_banks[i]);
    }
    passage->relay(passage, result);
}

/* --- booking --------------------------------------------------------------------------------- */

static void log_too_late(const struct bank_passage *passage, const char *why) {
    passage->flows->late_approvals++;
    tw_log(TW_LOG_WARN, "approval too late", TW_STR("rc", tw_rc_digits(TW_RC_TOO_LATE)),
           TW_STR("reason", why), TW_INT("issuer", passage->issuer),
           TW_STR("trace_id", passage->item.trace.trace_id));
}

/* Told is what the terminal would have been told before the issuer was asked. */
static void on_undone(struct bank_item *item) {
    struct bank_passage *passage = item->context;
    if (item->origin == BANK_UNDECIDED) {
        end_failed(passage, item->error.code, item->error.detail);
        return;
    }
    if (item->origin == BANK_FRESH) {
        bank_delivery_send(passage->flows->delivery, &item->message, &item->decision.txid);
    }
    end_with(passage, TW_RC_DUPLICATE);
}

static void undo(struct bank_passage *passage) {
    passage->phase = UNDOING;
    bank_passage_step(
        passage, cash_op(passage, &bank_op_acquirer_withdraw_undo, &bank_op_acquirer_deposit_undo),
        on_undone);
}

static void on_booked(struct bank_item *item) {
    struct bank_passage *passage = item->context;
    if (item->origin == BANK_UNDECIDED) {
        end_failed(passage, item->error.code, item->error.detail);
        return;
    }
    if (item->origin == BANK_FRESH) {
        bank_delivery_send(passage->flows->delivery, &item->message, &item->decision.txid);
    }
    if (item->decision.rc != TW_RC_APPROVED && passage->phase == BOOKING) {
        log_too_late(passage, "it was reversed, or cannot be booked");
        if (item->origin == BANK_REFUSED) {
            undo(passage);
            return;
        }
    }
    passage->decided(passage);
}

static void book(struct bank_passage *passage) {
    passage->phase = BOOKING;
    bank_passage_step(passage,
                      cash_op(passage, &bank_op_acquirer_withdraw, &bank_op_acquirer_deposit),
                      on_booked);
}

/* Declines with rc and reverses, unless something was decided under this key before. */
static void give_up(struct bank_passage *passage, enum tw_rc rc) {
    passage->phase = UNDOING;
    passage->item.peer_answer.posting.outcome.rc = rc;
    bank_passage_step(
        passage,
        cash_op(passage, &bank_op_acquirer_withdraw_timeout, &bank_op_acquirer_deposit_timeout),
        on_booked);
}

/* A repeat after our fees changed is other content to the issuer, and so is one that its reversal
 * overtook; our own book knows what the terminal was told. */
static void recall(struct bank_passage *passage) {
    passage->phase = RECALLING;
    bank_passage_step(
        passage,
        cash_op(passage, &bank_op_acquirer_withdraw_recall, &bank_op_acquirer_deposit_recall),
        on_booked);
}

/* The transfer has ended, so the customer is told whether or not our fee could be booked now; the
 * stored inquiry sees to that. */
static void on_fee_booked(struct bank_item *item) {
    end_relayed(item->context);
}

static bool is_final(const struct tw_posting_result *answer) {
    return strcmp(answer->status, "PENDING") != 0 && answer->status[0] != '\0';
}

/* --- the issuer's answer ------------------------------------------------------------------------
 */

static void take_result(struct bank_passage *passage, json_t *result) {
    struct bank_item *item = &passage->item;
    struct tw_posting_result *answer = &item->peer_answer.posting;
    passage->result = json_incref(result);
    if (!moves_cash(passage) && !is_transfer(passage)) {
        end_relayed(passage);
        return;
    }
    *answer = (struct tw_posting_result){0};
    struct tw_error error = {0};
    struct tw_status status =
        tw_fields_read(passage->result, tw_posting_result_fields, answer, &error);
    if (!tw_ok(status)) {
        tw_log(TW_LOG_ERROR, "issuer's answer not understood", TW_INT("issuer", passage->issuer),
               TW_STR("reason", error.detail), TW_STR("trace_id", item->trace.trace_id));
        if (moves_cash(passage)) {
            give_up(passage, TW_RC_ISSUER_UNREACHABLE);
        } else {
            end_failed(passage, TW_E_UNAVAILABLE, "the issuer's answer was not understood");
        }
        return;
    }
    if (moves_cash(passage) && answer->outcome.rc == TW_RC_APPROVED) {
        book(passage);
    } else if (moves_cash(passage) && answer->outcome.rc == TW_RC_DUPLICATE) {
        recall(passage);
    } else if (is_transfer(passage) && passage->phase == NOTING && is_final(answer)) {
        bank_passage_step(passage, &bank_op_acquirer_fee, on_fee_booked);
    } else {
        end_relayed(passage);
    }
}

static void take_failure(struct bank_passage *passage, const struct tw_answer *answer) {
    const char *reason = answer->error != NULL ? answer->error->detail : "the issuer refused it";
    tw_log(TW_LOG_WARN, "issuer did not answer", TW_INT("issuer", passage->issuer),
           TW_STR("method", tw_method(passage->op->method)->name), TW_STR("reason", reason),
           TW_STR("trace_id", passage->item.trace.trace_id));
    bool no_route = answer->error != NULL && answer->error->code == TW_E_NO_ROUTE;
    if (moves_cash(passage)) {
        give_up(passage, TW_RC_ISSUER_UNREACHABLE);
    } else if (is_transfer(passage)) {
        end_failed(passage, TW_E_UNAVAILABLE, "the issuer did not answer: ask transfer.status");
    } else if (no_route) {
        end_with(passage, TW_RC_NO_ROUTE);
    } else {
        end_with(passage, TW_RC_ISSUER_UNREACHABLE);
    }
}

static void on_answer(void *context, const struct tw_answer *answer) {
    struct bank_passage *passage = context;
    tw_crash_point("peer.issuer_answered");
    if (tw_ok(answer->status) && answer->result != NULL) {
        take_result(passage, answer->result);
    } else {
        take_failure(passage, answer);
    }
}

/* --- asking ------------------------------------------------------------------------------------
 */

/* What the issuer may take: the caller's time less a part for booking, at most issuer_wait. */
static int64_t issuer_deadline(const struct bank_passage *passage) {
    int64_t now_us = tw_loop_now_us(passage->flows->loop);
    int64_t left_us = passage->deadline_us - now_us;
    int64_t part_us = left_us - left_us / 4;
    int64_t wait_us = passage->flows->issuer_wait_us;
    return now_us + (part_us < wait_us ? part_us : wait_us);
}

static void ask(struct bank_passage *passage) {
    ib_peers_call(passage->flows->peers, passage->issuer, tw_method(passage->op->method)->name,
                  passage->params, issuer_deadline(passage), on_answer, passage);
}

static void on_noted(struct bank_item *item) {
    struct bank_passage *passage = item->context;
    if (item->origin == BANK_UNDECIDED) {
        end_failed(passage, item->error.code, item->error.detail);
        return;
    }
    ask(passage);
}

static void set_fees(struct bank_passage *passage, const struct tw_fees *fees) {
    if (passage->op == &bank_op_withdraw) {
        passage->item.request.cash.fees = *fees;
    } else {
        passage->item.request.transfer.fees = *fees;
        passage->item.peer_answer.asked = *fees;
    }
    if (fees->surcharge > 0) {
        (void)json_object_set_new(passage->params, "surcharge", json_integer(fees->surcharge));
    }
    if (fees->interchange > 0) {
        (void)json_object_set_new(passage->params, "interchange", json_integer(fees->interchange));
    }
}

/* What the issuer knew nothing of it has rejected for ever by now, and our refusal is true. */
static void on_status(void *context, const struct tw_answer *answer) {
    struct bank_passage *passage = context;
    if (!tw_ok(answer->status) || answer->result == NULL) {
        take_failure(passage, answer);
        return;
    }
    const char *rc = json_string_value(json_object_get(answer->result, "rc"));
    if (rc != NULL && strcmp(rc, tw_rc_digits(TW_RC_ORIGINAL_NOT_FOUND)) == 0) {
        end_with(passage, passage->refusal);
        return;
    }
    passage->result = json_incref(answer->result);
    end_relayed(passage);
}

/* This may be the repeat of a transfer that was made, and only the issuer knows: told "sign on
 * again" (90), the terminal would pay a second time. */
static void ask_status(struct bank_passage *passage, enum tw_rc refusal) {
    static const char *const members[] = {"terminal_id", "business_date", "stan",
                                          "txid",        "from_account",  "traceparent"};
    json_t *params = json_object();
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        (void)json_object_set(params, members[i], json_object_get(passage->params, members[i]));
    }
    passage->refusal = refusal;
    ib_peers_call(passage->flows->peers, passage->issuer,
                  tw_method(TW_METHOD_TRANSFER_STATUS)->name, params, issuer_deadline(passage),
                  on_status, passage);
    json_decref(params);
}

/* By the check. A bank that is no peer was never asked anything. */
static void refuse(struct bank_passage *passage, enum tw_rc rc) {
    if (moves_cash(passage) && rc != TW_RC_NO_ROUTE) {
        give_up(passage, rc);
    } else if (is_transfer(passage) && rc != TW_RC_NO_ROUTE) {
        ask_status(passage, rc);
    } else {
        end_with(passage, rc);
    }
}

static void on_checked(struct bank_item *item) {
    struct bank_passage *passage = item->context;
    if (item->origin == BANK_UNDECIDED) {
        end_failed(passage, item->error.code, item->error.detail);
        return;
    }
    if (item->decision.rc != TW_RC_APPROVED) {
        refuse(passage, item->decision.rc);
        return;
    }
    struct tw_fees fees = {item->decision.surcharge_minor, item->decision.interchange_minor};
    bool charged = passage->op == &bank_op_withdraw || is_transfer(passage);
    if (charged) {
        set_fees(passage, &fees);
    }
    if (is_transfer(passage) && fees.surcharge + fees.interchange > 0) {
        passage->phase = NOTING;
        bank_passage_step(passage, &bank_op_acquirer_fee_inquiry, on_noted);
        return;
    }
    passage->phase = ASKING;
    ask(passage);
}

void bank_acquire_begin(struct bank_passage *passage, json_t *params, int32_t issuer) {
    struct bank_item *item = &passage->item;
    char traceparent[TW_TRACEPARENT_SIZE];
    passage->issuer = issuer;
    passage->phase = CHECKING;
    passage->params = json_incref(params);
    (void)json_object_del(passage->params, "acquirer");
    (void)json_object_set_new(passage->params, "traceparent",
                              json_string(tw_trace_text(&item->trace, traceparent)));
    item->peer_answer = (struct bank_peer_answer){.peer = issuer};
    if (passage->op == &bank_op_withdraw) {
        item->peer_answer.posting.amount = item->request.cash.amount;
    }
    bool any_time = (passage->op->flags & BANK_OP_ANY_TIME) != 0;
    bank_passage_step(
        passage, any_time ? &bank_op_acquirer_check_any_time : &bank_op_acquirer_check, on_checked);
}

/* Questions that change nothing are no approvals. */
static bool only_asks(const char *method) {
    return strncmp(method, "window.", 7) == 0 || strncmp(method, "directory.", 10) == 0;
}

void bank_acquire_late(void *context, int32_t bank_code, const char *method, const json_t *params,
                       const struct tw_answer *answer) {
    struct bank_flows *flows = context;
    const char *rc = json_string_value(json_object_get(answer->result, "rc"));
    const char *txid = json_string_value(json_object_get(params, "txid"));
    if (only_asks(method) || rc == NULL || strcmp(rc, tw_rc_digits(TW_RC_APPROVED)) != 0) {
        return;
    }
    flows->late_approvals++;
    tw_log(TW_LOG_WARN, "approval too late", TW_STR("rc", tw_rc_digits(TW_RC_TOO_LATE)),
           TW_STR("method", method), TW_STR("txid", txid != NULL ? txid : ""),
           TW_INT("issuer", bank_code));
}
