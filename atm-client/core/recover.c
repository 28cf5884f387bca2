/*
 * Power-up. What the journal has open decides what is asked of the sensors, and their answer
 * decides what the host is told:
 *
 *   withdrawal REQUESTED                 no cash moved: reversal
 *   withdrawal INTENT, notes taken       confirmation (or partial reversal of what is inside)
 *   withdrawal INTENT, notes inside      taken back into a bin, reversal
 *   withdrawal INTENT, unknown           suspect: confirmation with `suspect`, out of service
 *   notes in escrow, nothing journaled   given back
 *   deposit REQUESTED                    reversal, notes given back
 *   deposit INTENT (approved), escrowed  stowed; if that fails, reversal and given back
 *   deposit INTENT, stowed / returned    done / reversal
 *   deposit INTENT, unknown              out of service until balanced
 *   transfer REQUESTED                   pending: nobody may infer, transfer.status is asked
 *
 * Operations are settled one after the other. A device may answer at once, then the loop in
 * atm_recover_run goes on, or later, then the next tick enters it again.
 */
#include <stdio.h>

#include "atm-client/core/internal.h"
#include "core/log.h"

static void fail(struct atm_terminal *terminal, const struct tw_error *error) {
    atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, error),
               ATM_PHASE_OUT_OF_SERVICE);
}

/* The device, or nobody, is done with this operation. */
static void go_on(struct atm_terminal *terminal) {
    terminal->recover_waiting = false;
}

static struct atm_settlement settlement_of(const struct atm_operation *operation,
                                           const struct atm_cash_report *report) {
    return (struct atm_settlement){
        .txid = operation->txid,
        .amount_minor = operation->amount_minor,
        .currency = operation->currency,
        .report = report,
        .reason = "power_loss",
        .traceparent = "",
    };
}

static void cash_found(void *context, const struct atm_cash_report *report) {
    struct atm_terminal *terminal = context;
    struct atm_settlement settlement = settlement_of(&terminal->recover_operation, report);
    enum atm_settled settled = ATM_SETTLED_CONFIRMED;
    struct tw_error error = {0};
    if (!tw_ok(atm_settle(terminal, &settlement, &settled, &error))) {
        fail(terminal, &error);
        return;
    }
    tw_log(TW_LOG_WARN, "unfinished withdrawal settled",
           TW_STR("as", settled == ATM_SETTLED_CONFIRMED  ? "taken"
                        : settled == ATM_SETTLED_REVERSED ? "reversed"
                                                          : "suspect"),
           TW_INT("stan", terminal->recover_operation.stan));
    go_on(terminal);
}

static void ask_dispenser(struct atm_terminal *terminal) {
    const struct atm_dispenser *dispenser = &terminal->options.devices.dispenser;
    struct atm_cash_report report = {0};
    terminal->recover_waiting = true;
    dispenser->inspect(dispenser->context, &terminal->recover_operation.txid, &report);
    if (report.state == ATM_CASH_STACKED)
        dispenser->reject(dispenser->context, cash_found, terminal);
    else if (report.state == ATM_CASH_PRESENTED)
        dispenser->retract(dispenser->context, cash_found, terminal);
    else
        cash_found(terminal, &report);
}

/* Moves the operation and records it; deposits only. */
static void end_deposit(struct atm_terminal *terminal, enum atm_operation_state state) {
    const struct atm_operation *operation = &terminal->recover_operation;
    struct tw_header header = {.business_date = operation->business_date,
                               .stan = operation->stan,
                               .txid = operation->txid};
    struct tw_error error = {0};
    struct tw_notes notes[TW_NOTES_MAX];
    size_t count = 0;
    struct tw_status status = atm_journal_deposit_counted(terminal->options.journal,
                                                          &operation->txid, notes, &count, &error);
    if (tw_ok(status)) {
        atm_journal_begin(terminal->options.journal);
        atm_journal_operation_move(terminal->options.journal, &operation->txid, state,
                                   tw_rc_digits(TW_RC_APPROVED));
        if (state == ATM_OP_DONE)
            atm_journal_stowed(terminal->options.journal, notes, count);
        else
            atm_take_out(terminal, "suspect");
        atm_record(terminal, atm_operation_state_name(state), &header, NULL);
        status = atm_journal_commit(terminal->options.journal, &error);
    }
    if (tw_ok(status))
        go_on(terminal);
    else
        fail(terminal, &error);
}

static void escrow_returned(void *context, const struct atm_escrow_report *report) {
    struct atm_terminal *terminal = context;
    if (report->state == ATM_ESCROW_RETURNED || report->state == ATM_ESCROW_NONE)
        go_on(terminal);
    else
        end_deposit(terminal, ATM_OP_SUSPECT);
}

static void reverse_deposit(struct atm_terminal *terminal, const struct atm_escrow_report *report) {
    const struct atm_acceptor *acceptor = &terminal->options.devices.acceptor;
    struct atm_settlement settlement = settlement_of(&terminal->recover_operation, NULL);
    struct tw_error error = {0};
    if (!tw_ok(atm_reverse(terminal, TW_METHOD_DEPOSIT_REVERSE, &settlement, &error)))
        fail(terminal, &error);
    else if (report->state == ATM_ESCROW_HELD)
        acceptor->cash_in_rollback(acceptor->context, escrow_returned, terminal);
    else
        go_on(terminal);
}

static void escrow_stowed(void *context, const struct atm_escrow_report *report) {
    struct atm_terminal *terminal = context;
    if (report->state == ATM_ESCROW_STOWED)
        end_deposit(terminal, ATM_OP_DONE);
    else if (report->state == ATM_ESCROW_HELD)
        reverse_deposit(terminal, report);
    else
        end_deposit(terminal, ATM_OP_SUSPECT);
}

static void ask_acceptor(struct atm_terminal *terminal) {
    const struct atm_acceptor *acceptor = &terminal->options.devices.acceptor;
    const struct atm_operation *operation = &terminal->recover_operation;
    struct atm_escrow_report report = {0};
    terminal->recover_waiting = true;
    acceptor->inspect(acceptor->context, &operation->txid, &report);
    if (operation->state == ATM_OP_REQUESTED || report.state == ATM_ESCROW_RETURNED)
        reverse_deposit(terminal, &report);
    else if (report.state == ATM_ESCROW_HELD)
        acceptor->cash_in_end(acceptor->context, escrow_stowed, terminal);
    else
        escrow_stowed(terminal, &report);
}

static void reverse_withdrawal(struct atm_terminal *terminal) {
    struct atm_settlement settlement = settlement_of(&terminal->recover_operation, NULL);
    struct tw_error error = {0};
    terminal->recover_waiting = true;
    if (tw_ok(atm_reverse(terminal, TW_METHOD_WITHDRAW_REVERSE, &settlement, &error)))
        go_on(terminal);
    else
        fail(terminal, &error);
}

static void leave_pending(struct atm_terminal *terminal) {
    struct tw_error error = {0};
    terminal->recover_waiting = true;
    if (tw_ok(atm_transfer_leave(terminal, &terminal->recover_operation.txid,
                                 TW_RC_ISSUER_UNREACHABLE, &error)))
        go_on(terminal);
    else
        fail(terminal, &error);
}

static void settle_one(struct atm_terminal *terminal) {
    const struct atm_operation *operation = &terminal->recover_operation;
    terminal->work.outcome.recovered++;
    if (operation->kind == ATM_OP_DEPOSIT)
        ask_acceptor(terminal);
    else if (operation->kind == ATM_OP_TRANSFER)
        leave_pending(terminal);
    else if (operation->state == ATM_OP_INTENT)
        ask_dispenser(terminal);
    else
        reverse_withdrawal(terminal);
}

static void abandoned_returned(void *context, const struct atm_escrow_report *report) {
    struct atm_terminal *terminal = context;
    tw_log(TW_LOG_WARN, "notes in escrow that no request was made for",
           TW_STR("now", report->state == ATM_ESCROW_RETURNED ? "returned" : "stuck"));
    go_on(terminal);
}

/* Power went between counting notes and journaling the request: nobody was asked, so they are the
 * customer's. Tried once. */
static bool return_abandoned_notes(struct atm_terminal *terminal) {
    const struct atm_acceptor *acceptor = &terminal->options.devices.acceptor;
    struct atm_operation operation;
    struct tw_uuid reference;
    if (terminal->recover_escrow_seen || !acceptor->holds(acceptor->context, &reference))
        return false;
    terminal->recover_escrow_seen = true;
    struct tw_status status =
        atm_journal_operation(terminal->options.journal, &reference, &operation, NULL);
    if (status.code != TW_E_NOT_FOUND)
        return false;
    terminal->recover_waiting = true;
    acceptor->cash_in_rollback(acceptor->context, abandoned_returned, terminal);
    return true;
}

static void finish(struct atm_terminal *terminal) {
    char text[ATM_TEXT_SIZE] = "nothing was left open";
    if (terminal->work.outcome.recovered > 0)
        (void)snprintf(text, sizeof text, "%d unfinished operation(s) settled%s",
                       (int)terminal->work.outcome.recovered,
                       terminal->reason[0] != '\0' ? "; out of service until balanced" : "");
    atm_finish(terminal, terminal->reason[0] != '\0' ? ATM_SUSPECT : ATM_APPROVED, TW_RC_APPROVED,
               text, ATM_PHASE_OUT_OF_SERVICE);
}

void atm_recover_run(struct atm_terminal *terminal) {
    struct atm_journal *journal = terminal->options.journal;
    while (!terminal->recover_waiting && terminal->phase == ATM_PHASE_RECOVERING) {
        struct atm_operation *operation = &terminal->recover_operation;
        struct tw_error error = {0};
        struct tw_status status =
            atm_journal_operation_in(journal, ATM_OP_REQUESTED, operation, &error);
        if (status.code == TW_E_NOT_FOUND)
            status = atm_journal_operation_in(journal, ATM_OP_INTENT, operation, &error);
        if (tw_ok(status))
            settle_one(terminal);
        else if (status.code != TW_E_NOT_FOUND)
            fail(terminal, &error);
        else if (!return_abandoned_notes(terminal))
            finish(terminal);
    }
}

void atm_power_up(struct atm_terminal *terminal, atm_done_fn done, void *context) {
    if (!atm_begin(terminal, TW_METHOD_SIGN_ON, ATM_PHASE_OUT_OF_SERVICE, ATM_PHASE_RECOVERING,
                   done, context))
        return;
    struct atm_journal_state state = {0};
    struct tw_error error = {0};
    struct tw_status status = atm_journal_state(terminal->options.journal, &state, &error);
    if (tw_ok(status))
        status = atm_advices_load(terminal, &error);
    if (!tw_ok(status)) {
        fail(terminal, &error);
        return;
    }
    (void)snprintf(terminal->reason, sizeof terminal->reason, "%s", state.out_of_service);
    terminal->recover_waiting = false;
    terminal->recover_escrow_seen = false;
    atm_recover_run(terminal);
}
