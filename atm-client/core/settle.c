/*
 * The end of a withdrawal, the same in normal life and after a power loss: where the notes are
 * decides between confirmation, partial or full reversal, and suspicion. Counters, DONE and the
 * advice go into one commit, so that no state of the disk knows one without the others.
 */
#include <stdio.h>

#include "atm-client/core/internal.h"
#include "atm-client/mix/notes.h"
#include "core/crash.h"

static enum atm_settled classify(const struct atm_settlement *settlement) {
    const struct atm_cash_report *report = settlement->report;
    int64_t taken_minor = atm_report_taken_minor(report);
    bool possible = report->state == ATM_CASH_TAKEN || report->state == ATM_CASH_RETRACTED ||
                    report->state == ATM_CASH_REJECTED || report->state == ATM_CASH_NONE;
    if (!possible || taken_minor > settlement->amount_minor)
        return ATM_SETTLED_SUSPECT;
    return taken_minor == settlement->amount_minor ? ATM_SETTLED_CONFIRMED : ATM_SETTLED_REVERSED;
}

static void add_taken(const struct atm_cash_report *report, struct tw_notes notes[TW_NOTES_MAX],
                      size_t *ret_count) {
    for (size_t i = 0; i < report->unit_count; i++)
        if (report->units[i].taken > 0)
            tw_assert(atm_notes_add(notes, ret_count, report->units[i].denomination_minor,
                                    report->units[i].taken));
}

static void add_planned(const struct atm_mix *planned, struct tw_notes notes[TW_NOTES_MAX],
                        size_t *ret_count) {
    for (size_t i = 0; i < planned->count; i++)
        tw_assert(atm_notes_add(notes, ret_count, planned->parts[i].denomination_minor,
                                planned->parts[i].notes));
}

static struct tw_header advice_header(struct atm_terminal *terminal,
                                      const struct atm_settlement *settlement) {
    struct tw_header header = {
        .terminal_id = terminal->options.terminal_id,
        .business_date = terminal->business_date,
        .stan = atm_journal_next_stan(terminal->options.journal, terminal->business_date),
        .txid = settlement->txid,
    };
    (void)snprintf(header.traceparent, sizeof header.traceparent, "%s", settlement->traceparent);
    return header;
}

/* Zero when unknown. */
static struct atm_operation operation_of(struct atm_terminal *terminal,
                                         const struct tw_uuid *txid) {
    struct atm_operation operation = {0};
    bool known = tw_ok(atm_journal_operation(terminal->options.journal, txid, &operation, NULL));
    return known ? operation : (struct atm_operation){0};
}

struct tw_iban atm_account_of(struct atm_terminal *terminal, const struct tw_uuid *txid) {
    return operation_of(terminal, txid).account;
}

static int64_t advise_confirm(struct atm_terminal *terminal,
                              const struct atm_settlement *settlement,
                              const struct atm_mix *planned, bool suspect) {
    struct tw_confirm_request request = {
        .header = advice_header(terminal, settlement),
        .amount = settlement->amount_minor,
        .currency = settlement->currency,
        .suspect = suspect,
    };
    if (suspect)
        add_planned(planned, request.notes, &request.note_count);
    else
        add_taken(settlement->report, request.notes, &request.note_count);
    atm_record(
        terminal, suspect ? "suspect" : "done", &request.header,
        atm_with_surcharge(json_pack("{s:I}", "amount", (json_int_t)settlement->amount_minor),
                           settlement->amount_minor,
                           operation_of(terminal, &settlement->txid).surcharge_minor));
    return atm_advise(terminal, TW_METHOD_WITHDRAW_CONFIRM, &request, &request.header);
}

static int64_t advise_reverse(struct atm_terminal *terminal, enum tw_method_id method,
                              const struct atm_settlement *settlement) {
    int64_t kept_minor =
        settlement->report != NULL ? atm_report_taken_minor(settlement->report) : 0;
    struct tw_reverse_request request = {
        .header = advice_header(terminal, settlement),
        .account = atm_account_of(terminal, &settlement->txid),
        .amount = settlement->amount_minor,
        .dispensed = kept_minor,
        .currency = settlement->currency,
    };
    (void)snprintf(request.reason, sizeof request.reason, "%s", settlement->reason);
    if (settlement->report != NULL)
        add_taken(settlement->report, request.notes, &request.note_count);
    atm_record(terminal, "reversal", &request.header,
               json_pack("{s:I, s:I, s:s}", "amount", (json_int_t)settlement->amount_minor,
                         "dispensed", (json_int_t)kept_minor, "reason", settlement->reason));
    return atm_advise(terminal, method, &request, &request.header);
}

struct tw_status atm_settle(struct atm_terminal *terminal, const struct atm_settlement *settlement,
                            enum atm_settled *ret_settled, struct tw_error *ret_error) {
    struct atm_journal *journal = terminal->options.journal;
    enum atm_settled settled = classify(settlement);
    struct atm_mix planned = {0};
    struct tw_status status = atm_journal_planned(journal, &settlement->txid, &planned, ret_error);
    if (!tw_ok(status))
        return status;
    bool suspect = settled == ATM_SETTLED_SUSPECT;
    bool some_taken = atm_report_taken_minor(settlement->report) > 0;
    atm_journal_begin(journal);
    atm_journal_moved(journal, &settlement->txid, settlement->report, suspect);
    atm_journal_operation_move(journal, &settlement->txid,
                               suspect      ? ATM_OP_SUSPECT
                               : some_taken ? ATM_OP_DONE
                                            : ATM_OP_REVERSED,
                               tw_rc_digits(TW_RC_APPROVED));
    int64_t advice = settled == ATM_SETTLED_REVERSED
                         ? advise_reverse(terminal, TW_METHOD_WITHDRAW_REVERSE, settlement)
                         : advise_confirm(terminal, settlement, &planned, suspect);
    if (suspect)
        atm_take_out(terminal, "suspect");
    status = atm_journal_commit(journal, ret_error);
    if (!tw_ok(status))
        return status;
    tw_crash_point("atm.done_journaled");
    atm_advice_added(terminal, advice);
    *ret_settled = settled;
    return status;
}

struct tw_status atm_reverse(struct atm_terminal *terminal, enum tw_method_id method,
                             const struct atm_settlement *settlement, struct tw_error *ret_error) {
    struct atm_journal *journal = terminal->options.journal;
    atm_journal_begin(journal);
    int64_t advice = advise_reverse(terminal, method, settlement);
    atm_journal_operation_move(journal, &settlement->txid, ATM_OP_REVERSED,
                               tw_rc_digits(TW_RC_ISSUER_UNREACHABLE));
    struct tw_status status = atm_journal_commit(journal, ret_error);
    if (!tw_ok(status))
        return status;
    tw_crash_point("atm.reversal_journaled");
    atm_advice_added(terminal, advice);
    return status;
}
