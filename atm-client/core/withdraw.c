/*
 * Withdrawal: mix -> request journaled -> approval -> INTENT journaled -> dispense -> present ->
 * taken -> DONE journaled with its advice. Each arrow is a function here and a crash point; what a
 * crash between two of them leads to is recover.c.
 */
#include <stdio.h>

#include "atm-client/core/internal.h"
#include "atm-client/mix/notes.h"
#include "core/crash.h"

static void request_withdrawal(struct atm_terminal *terminal);
static void withdrawal_answered(struct atm_terminal *terminal, enum atm_reply reply);
static void dispensed(void *context, const struct atm_cash_report *report);
static void presented(void *context, const struct atm_cash_report *report);
static void taken(void *context, const struct atm_cash_report *report);
static void settle(void *context, const struct atm_cash_report *report);

void atm_withdraw(struct atm_terminal *terminal, const struct tw_iban *account,
                  int64_t amount_minor, atm_done_fn done, void *context) {
    struct tw_error error = {0};
    struct atm_mix mix = {0};
    const char *obstacle = atm_money_obstacle(terminal);
    if (obstacle != NULL) {
        atm_refuse(terminal, done, context, obstacle);
        return;
    }
    if (!tw_ok(atm_find_mix(terminal, amount_minor, &mix, &error))) {
        atm_refuse(terminal, done, context, error.detail);
        return;
    }
    if (!atm_begin(terminal, TW_METHOD_WITHDRAW, ATM_PHASE_SESSION, ATM_PHASE_REQUESTED, done,
                   context))
        return;
    struct atm_work *work = &terminal->work;
    work->outcome.account = *account;
    work->outcome.amount_minor = amount_minor;
    work->request.cash = (struct tw_cash_request){
        .account = *account, .amount = amount_minor, .currency = terminal->currency};
    /* Reversals of earlier customers first: this one's limits may depend on them. */
    atm_advice_flush(terminal, false, request_withdrawal);
}

static bool journal_request(struct atm_terminal *terminal) {
    struct atm_work *work = &terminal->work;
    struct tw_cash_request *request = &work->request.cash;
    struct tw_error error = {0};
    atm_journal_begin(terminal->options.journal);
    atm_fill_header(terminal, &work->header);
    request->header = work->header;
    struct atm_operation operation = {
        .txid = work->header.txid,
        .kind = ATM_OP_WITHDRAWAL,
        .state = ATM_OP_REQUESTED,
        .business_date = work->header.business_date,
        .stan = work->header.stan,
        .amount_minor = request->amount,
        .currency = request->currency,
        .account = request->account,
        .surcharge_minor = atm_terminal_surcharge(terminal, &request->account),
    };
    (void)tw_pan_mask(terminal->card.pan, operation.pan_masked);
    atm_journal_operation_new(terminal->options.journal, &operation);
    atm_record(terminal, "request", &work->header,
               atm_with_surcharge(
                   json_pack("{s:s, s:I, s:s}", "method", tw_method(TW_METHOD_WITHDRAW)->name,
                             "amount", (json_int_t)request->amount, "pan", operation.pan_masked),
                   request->amount, operation.surcharge_minor));
    if (tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        return true;
    work->outcome.stan = 0;
    atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, &error),
               ATM_PHASE_SESSION);
    return false;
}

static void request_withdrawal(struct atm_terminal *terminal) {
    if (!journal_request(terminal))
        return;
    tw_crash_point("atm.request_journaled");
    struct tw_cash_request *request = &terminal->work.request.cash;
    request->header.deadline_ms = terminal->options.limits.answer_ms;
    (void)snprintf(request->session, sizeof request->session, "%s", terminal->session);
    atm_exchange(terminal, TW_METHOD_WITHDRAW, request,
                 (struct atm_patience){.attempt_ms = terminal->options.limits.answer_ms},
                 withdrawal_answered);
    tw_wipe(request->session, sizeof request->session);
}

static struct atm_settlement settlement_of(const struct atm_terminal *terminal,
                                           const struct atm_cash_report *report,
                                           const char *reason) {
    const struct tw_cash_request *request = &terminal->work.request.cash;
    return (struct atm_settlement){
        .txid = request->header.txid,
        .amount_minor = request->amount,
        .currency = request->currency,
        .report = report,
        .reason = reason,
        .traceparent = request->header.traceparent,
    };
}

/* No cash has moved, and what the host did is unknown or void. */
static void reverse_all(struct atm_terminal *terminal, const char *reason, enum atm_verdict verdict,
                        enum tw_rc rc, const char *text) {
    struct atm_settlement settlement = settlement_of(terminal, NULL, reason);
    struct tw_error error = {0};
    if (!tw_ok(atm_reverse(terminal, TW_METHOD_WITHDRAW_REVERSE, &settlement, &error))) {
        /* The request is in the journal: the next power-up reverses it. */
        atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, &error),
                   ATM_PHASE_SESSION);
        return;
    }
    atm_finish(terminal, verdict, rc, text, ATM_PHASE_SESSION);
    atm_advice_tick(terminal);
}

static void decline(struct atm_terminal *terminal) {
    const struct tw_outcome *outcome = &terminal->exchange.answer.outcome;
    struct tw_error error = {0};
    atm_journal_begin(terminal->options.journal);
    atm_journal_operation_move(terminal->options.journal, &terminal->work.header.txid,
                               ATM_OP_DECLINED, tw_rc_digits(outcome->rc));
    atm_record(terminal, "declined", &terminal->work.header,
               json_pack("{s:s}", "rc", tw_rc_digits(outcome->rc)));
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        (void)atm_broken(terminal, &error); /* at worst reversed later, which finds nothing */
    atm_finish_reply(terminal, ATM_REPLY_RESULT, ATM_PHASE_SESSION);
}

/* Approved, and the notes are chosen: from here on cash may move. */
static void dispense(struct atm_terminal *terminal) {
    struct atm_work *work = &terminal->work;
    struct tw_error error = {0};
    atm_journal_begin(terminal->options.journal);
    atm_journal_operation_move(terminal->options.journal, &work->header.txid, ATM_OP_INTENT,
                               tw_rc_digits(TW_RC_APPROVED));
    atm_journal_operation_charge(terminal->options.journal, &work->header.txid,
                                 work->outcome.surcharge_minor);
    atm_journal_plan(terminal->options.journal, &work->header.txid, &work->mix);
    atm_record(
        terminal, "intent", &work->header,
        atm_with_reference(
            atm_with_surcharge(json_pack("{s:I}", "notes", (json_int_t)atm_mix_notes(&work->mix)),
                               work->request.cash.amount, work->outcome.surcharge_minor),
            &terminal->exchange.answer.posting));
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error))) {
        /* Not written, so not done: the request is still open and will be reversed. */
        atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, &error),
                   ATM_PHASE_SESSION);
        return;
    }
    tw_crash_point("atm.intent_journaled");
    atm_move(terminal, ATM_PHASE_INTENT);
    atm_move(terminal, ATM_PHASE_DISPENSING);
    const struct atm_dispenser *dispenser = &terminal->options.devices.dispenser;
    dispenser->dispense(dispenser->context, &work->header.txid, &work->mix, dispensed, terminal);
}

static void withdrawal_answered(struct atm_terminal *terminal, enum atm_reply reply) {
    struct atm_work *work = &terminal->work;
    struct atm_exchange *exchange = &terminal->exchange;
    tw_crash_point("atm.answer_received");
    if (reply != ATM_REPLY_RESULT) {
        reverse_all(terminal, "timeout", reply == ATM_REPLY_NONE ? ATM_UNANSWERED : ATM_DECLINED,
                    exchange->error_rc, exchange->error_text);
        return;
    }
    work->outcome.answered = true;
    work->outcome.answer = exchange->answer;
    atm_keep_session(terminal, exchange->answer.posting.session);
    if (exchange->answer.outcome.rc != TW_RC_APPROVED) {
        decline(terminal);
        return;
    }
    struct tw_error error = {0};
    const struct tw_posting_result *posting = &exchange->answer.posting;
    int64_t told_minor = atm_terminal_surcharge(terminal, &work->request.cash.account);
    if (posting->amount != work->request.cash.amount) {
        reverse_all(terminal, "timeout", ATM_FAULT, TW_RC_SYSTEM_ERROR, ATM_SAY(OTHER_AMOUNT));
    } else if (posting->surcharge > told_minor) {
        /* Nobody pays what nobody told him; the next customer is told. */
        terminal->surcharge_minor = posting->surcharge;
        reverse_all(terminal, "timeout", ATM_FAULT, TW_RC_APPROVED, ATM_SAY(SURCHARGE_CHANGED));
    } else if (!tw_ok(atm_find_mix(terminal, work->request.cash.amount, &work->mix, &error))) {
        reverse_all(terminal, "jam", ATM_FAULT, TW_RC_SYSTEM_ERROR, error.detail);
    } else {
        work->outcome.surcharge_minor = posting->surcharge;
        dispense(terminal);
    }
}

static void dispensed(void *context, const struct atm_cash_report *report) {
    struct atm_terminal *terminal = context;
    const struct atm_dispenser *dispenser = &terminal->options.devices.dispenser;
    tw_crash_point("atm.dispensed");
    terminal->work.reverse_reason = report->complete ? "jam" : "partial_dispense";
    if (report->state == ATM_CASH_STACKED) {
        dispenser->present(dispenser->context, presented, terminal);
        return;
    }
    terminal->work.reverse_reason = "jam";
    settle(terminal, report);
}

static void presented(void *context, const struct atm_cash_report *report) {
    struct atm_terminal *terminal = context;
    const struct atm_dispenser *dispenser = &terminal->options.devices.dispenser;
    if (report->state == ATM_CASH_PRESENTED) {
        atm_move(terminal, ATM_PHASE_PRESENTED);
        tw_crash_point("atm.presented");
        dispenser->await_taken(dispenser->context, terminal->options.limits.taken_ms, taken,
                               terminal);
    } else if (report->state == ATM_CASH_STACKED) {
        terminal->work.reverse_reason = "jam";
        dispenser->reject(dispenser->context, settle, terminal);
    } else {
        settle(terminal, report);
    }
}

static void taken(void *context, const struct atm_cash_report *report) {
    struct atm_terminal *terminal = context;
    const struct atm_dispenser *dispenser = &terminal->options.devices.dispenser;
    if (report->state != ATM_CASH_PRESENTED) {
        tw_crash_point("atm.taken");
        settle(terminal, report);
        return;
    }
    terminal->work.reverse_reason = "not_taken";
    dispenser->retract(dispenser->context, settle, terminal);
}

static const char *fault_text(const char *reason) {
    if (reason[0] == 'n')
        return ATM_SAY(CASH_NOT_TAKEN);
    if (reason[0] == 'p')
        return ATM_SAY(CASH_PARTIAL);
    return ATM_SAY(CASH_FAULT);
}

static void settle(void *context, const struct atm_cash_report *report) {
    struct atm_terminal *terminal = context;
    struct atm_work *work = &terminal->work;
    struct atm_settlement settlement = settlement_of(terminal, report, work->reverse_reason);
    enum atm_settled settled = ATM_SETTLED_CONFIRMED;
    struct tw_error error = {0};
    const char *reason = work->reverse_reason;
    work->outcome.dispensed_minor = atm_report_taken_minor(report);
    for (size_t i = 0; i < report->unit_count; i++)
        if (report->units[i].taken > 0)
            tw_assert(atm_notes_add(work->outcome.notes, &work->outcome.note_count,
                                    report->units[i].denomination_minor, report->units[i].taken));
    struct tw_status status = atm_settle(terminal, &settlement, &settled, &error);
    if (settled == ATM_SETTLED_REVERSED && work->outcome.dispensed_minor == 0)
        work->outcome.surcharge_minor = 0; /* a full reversal takes the fee back too */
    atm_move(terminal, ATM_PHASE_DONE);
    if (!tw_ok(status)) /* INTENT is on disk: the sensors decide at the next power-up */
        atm_finish(terminal, ATM_SUSPECT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, &error),
                   ATM_PHASE_SESSION);
    else if (settled == ATM_SETTLED_SUSPECT)
        atm_finish(terminal, ATM_SUSPECT, TW_RC_SYSTEM_ERROR, ATM_SAY(CASH_SUSPECT),
                   ATM_PHASE_SESSION);
    else if (settled == ATM_SETTLED_REVERSED)
        atm_finish(terminal, ATM_FAULT, TW_RC_APPROVED, fault_text(reason), ATM_PHASE_SESSION);
    else
        atm_finish(terminal, ATM_APPROVED, TW_RC_APPROVED, "approved", ATM_PHASE_SESSION);
    atm_advice_tick(terminal);
}
