/*
 * Deposit: notes counted into escrow -> request journaled -> approval -> INTENT journaled -> stow
 * -> DONE. The notes wait in escrow, so silence can be met with patience: the same request, with
 * the same key, until it is answered. When patience ends, or the notes cannot be stowed, they go
 * back to the customer, and a journaled deposit.reverse makes the host's book say the same.
 */
#include <stdio.h>

#include "atm-client/core/internal.h"
#include "atm-client/mix/notes.h"
#include "core/crash.h"

static void counted(void *context, const struct atm_escrow_report *report);
static void request_deposit(struct atm_terminal *terminal);
static void deposit_answered(struct atm_terminal *terminal, enum atm_reply reply);
static void stowed(void *context, const struct atm_escrow_report *report);
static void returned(void *context, const struct atm_escrow_report *report);

void atm_deposit(struct atm_terminal *terminal, const struct tw_iban *account, atm_done_fn done,
                 void *context) {
    const char *obstacle = atm_money_obstacle(terminal);
    if (obstacle == NULL)
        obstacle = atm_unless_usable(terminal, ATM_DEVICE_DEPOSITOR, ATM_SAY(DEPOSITOR_FAULT));
    if (obstacle != NULL) {
        atm_refuse(terminal, done, context, obstacle);
        return;
    }
    if (!atm_begin(terminal, TW_METHOD_DEPOSIT, ATM_PHASE_SESSION, ATM_PHASE_ESCROW, done, context))
        return;
    struct atm_work *work = &terminal->work;
    work->outcome.account = *account;
    work->request.cash =
        (struct tw_cash_request){.account = *account, .currency = terminal->currency};
    work->header.txid = tw_uuid_v7(terminal->options.clock, terminal->options.random);
    const struct atm_acceptor *acceptor = &terminal->options.devices.acceptor;
    acceptor->cash_in(acceptor->context, &work->header.txid, counted, terminal);
}

static void counted(void *context, const struct atm_escrow_report *report) {
    struct atm_terminal *terminal = context;
    struct atm_work *work = &terminal->work;
    if (report->state != ATM_ESCROW_HELD || report->note_count == 0) {
        atm_finish(terminal, ATM_REFUSED, TW_RC_INVALID_AMOUNT, ATM_SAY(NO_NOTES),
                   ATM_PHASE_SESSION);
        return;
    }
    tw_crash_point("atm.escrowed");
    work->request.cash.note_count = report->note_count;
    work->outcome.note_count = report->note_count;
    for (size_t i = 0; i < report->note_count; i++) {
        work->request.cash.notes[i] = report->notes[i];
        work->outcome.notes[i] = report->notes[i];
    }
    work->request.cash.amount = atm_notes_amount(report->notes, report->note_count);
    work->outcome.amount_minor = work->request.cash.amount;
    atm_advice_flush(terminal, false, request_deposit);
}

static void give_back(struct atm_terminal *terminal, enum atm_verdict verdict, enum tw_rc rc,
                      const char *text) {
    struct atm_work *work = &terminal->work;
    const struct atm_acceptor *acceptor = &terminal->options.devices.acceptor;
    work->outcome.verdict = verdict;
    work->outcome.rc = rc;
    (void)snprintf(work->outcome.text, sizeof work->outcome.text, "%s", text);
    atm_move(terminal, ATM_PHASE_RETURNING);
    acceptor->cash_in_rollback(acceptor->context, returned, terminal);
}

static bool journal_request(struct atm_terminal *terminal) {
    struct atm_work *work = &terminal->work;
    struct tw_cash_request *request = &work->request.cash;
    struct tw_uuid txid = work->header.txid; /* the device knows the deposit by it */
    struct tw_error error = {0};
    atm_journal_begin(terminal->options.journal);
    atm_fill_header(terminal, &work->header);
    work->header.txid = txid;
    work->outcome.txid = txid;
    request->header = work->header;
    struct atm_operation operation = {
        .txid = txid,
        .kind = ATM_OP_DEPOSIT,
        .state = ATM_OP_REQUESTED,
        .business_date = work->header.business_date,
        .stan = work->header.stan,
        .amount_minor = request->amount,
        .currency = request->currency,
        .account = request->account,
    };
    (void)tw_pan_mask(terminal->card.pan, operation.pan_masked);
    atm_journal_operation_new(terminal->options.journal, &operation);
    atm_journal_deposit_notes(terminal->options.journal, &txid, request->notes,
                              request->note_count);
    atm_record(terminal, "request", &work->header,
               json_pack("{s:s, s:I}", "method", tw_method(TW_METHOD_DEPOSIT)->name, "amount",
                         (json_int_t)request->amount));
    if (tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        return true;
    work->outcome.stan = 0;
    give_back(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, &error));
    return false;
}

static void request_deposit(struct atm_terminal *terminal) {
    if (!journal_request(terminal))
        return;
    tw_crash_point("atm.request_journaled");
    struct tw_cash_request *request = &terminal->work.request.cash;
    request->header.deadline_ms = terminal->options.limits.answer_ms;
    (void)snprintf(request->session, sizeof request->session, "%s", terminal->session);
    atm_move(terminal, ATM_PHASE_DEPOSITING);
    atm_exchange(terminal, TW_METHOD_DEPOSIT, request,
                 (struct atm_patience){.attempt_ms = terminal->options.limits.answer_ms,
                                       .total_ms = terminal->options.limits.deposit_ms},
                 deposit_answered);
    tw_wipe(request->session, sizeof request->session);
}

static bool journal_reverse(struct atm_terminal *terminal, const char *reason) {
    struct atm_work *work = &terminal->work;
    struct tw_error error = {0};
    struct atm_settlement settlement = {
        .txid = work->header.txid,
        .amount_minor = work->request.cash.amount,
        .currency = work->request.cash.currency,
        .reason = reason,
        .traceparent = work->header.traceparent,
    };
    if (tw_ok(atm_reverse(terminal, TW_METHOD_DEPOSIT_REVERSE, &settlement, &error)))
        return true;
    /* The notes stay in escrow: the next power-up reverses and returns them. */
    atm_finish(terminal, ATM_SUSPECT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, &error),
               ATM_PHASE_SESSION);
    return false;
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
        (void)atm_broken(terminal, &error);
    give_back(terminal, ATM_DECLINED, outcome->rc, outcome->text);
}

static void stow(struct atm_terminal *terminal) {
    struct atm_work *work = &terminal->work;
    const struct atm_acceptor *acceptor = &terminal->options.devices.acceptor;
    struct tw_error error = {0};
    atm_journal_begin(terminal->options.journal);
    atm_journal_operation_move(terminal->options.journal, &work->header.txid, ATM_OP_INTENT,
                               tw_rc_digits(TW_RC_APPROVED));
    atm_record(terminal, "intent", &work->header,
               atm_with_reference(json_object(), &terminal->exchange.answer.posting));
    atm_move(terminal, ATM_PHASE_STOWING);
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error))) {
        /* Notes stay in escrow, request stays open: the next power-up reverses both. */
        atm_move(terminal, ATM_PHASE_DONE);
        atm_finish(terminal, ATM_SUSPECT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, &error),
                   ATM_PHASE_SESSION);
        return;
    }
    tw_crash_point("atm.intent_journaled");
    acceptor->cash_in_end(acceptor->context, stowed, terminal);
}

static void deposit_answered(struct atm_terminal *terminal, enum atm_reply reply) {
    struct atm_exchange *exchange = &terminal->exchange;
    tw_crash_point("atm.answer_received");
    if (reply != ATM_REPLY_RESULT) {
        char text[ATM_TEXT_SIZE];
        (void)snprintf(text, sizeof text, "%s", exchange->error_text);
        atm_move(terminal, ATM_PHASE_RETURNING);
        if (journal_reverse(terminal, "timeout"))
            give_back(terminal, reply == ATM_REPLY_NONE ? ATM_UNANSWERED : ATM_DECLINED,
                      exchange->error_rc, text);
        return;
    }
    terminal->work.outcome.answered = true;
    terminal->work.outcome.answer = exchange->answer;
    atm_keep_session(terminal, exchange->answer.posting.session);
    if (exchange->answer.outcome.rc == TW_RC_APPROVED)
        stow(terminal);
    else
        decline(terminal);
}

static void stowed(void *context, const struct atm_escrow_report *report) {
    struct atm_terminal *terminal = context;
    struct atm_work *work = &terminal->work;
    struct tw_error error = {0};
    if (report->state != ATM_ESCROW_STOWED) {
        atm_move(terminal, ATM_PHASE_RETURNING);
        if (journal_reverse(terminal, "returned"))
            give_back(terminal, ATM_FAULT, TW_RC_APPROVED, ATM_SAY(NOTES_RETURNED));
        return;
    }
    tw_crash_point("atm.stowed");
    atm_journal_begin(terminal->options.journal);
    atm_journal_operation_move(terminal->options.journal, &work->header.txid, ATM_OP_DONE,
                               tw_rc_digits(TW_RC_APPROVED));
    atm_journal_stowed(terminal->options.journal, report->notes, report->note_count);
    atm_record(terminal, "done", &work->header, NULL);
    struct tw_status status = atm_journal_commit(terminal->options.journal, &error);
    atm_move(terminal, ATM_PHASE_DONE);
    if (!tw_ok(status)) /* stowed and credited; the next power-up finds it so */
        (void)atm_broken(terminal, &error);
    else
        tw_crash_point("atm.done_journaled");
    atm_finish(terminal, ATM_APPROVED, TW_RC_APPROVED, "approved", ATM_PHASE_SESSION);
}

/* Notes that can neither be stowed nor returned stay inside and belong to the customer: only
 * people can settle that. */
static void notes_are_stuck(struct atm_terminal *terminal) {
    struct tw_error error = {0};
    atm_journal_begin(terminal->options.journal);
    atm_journal_operation_move(terminal->options.journal, &terminal->work.header.txid,
                               ATM_OP_SUSPECT, tw_rc_digits(TW_RC_SYSTEM_ERROR));
    atm_record(terminal, "suspect", &terminal->work.header, NULL);
    atm_take_out(terminal, "suspect");
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        (void)atm_broken(terminal, &error);
}

static void returned(void *context, const struct atm_escrow_report *report) {
    struct atm_terminal *terminal = context;
    struct atm_outcome *outcome = &terminal->work.outcome;
    if (report->state == ATM_ESCROW_RETURNED) {
        char text[ATM_TEXT_SIZE];
        (void)snprintf(text, sizeof text, "%s", outcome->text);
        atm_finish(terminal, outcome->verdict, outcome->rc, text, ATM_PHASE_SESSION);
    } else {
        notes_are_stuck(terminal);
        atm_finish(terminal, ATM_SUSPECT, TW_RC_SYSTEM_ERROR, ATM_SAY(NOTES_STUCK),
                   ATM_PHASE_SESSION);
    }
    atm_advice_tick(terminal);
}
