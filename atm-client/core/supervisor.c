/*
 * The supervisor's side: totals, replenish, remove, balance, cut-over. Notes have moved, or were
 * counted, before these are called; so the journal takes note first and the host is told by an
 * advice, which reaches it however long that takes. The answer, if one comes now, is the outcome.
 */
#include <stdio.h>

#include "atm-client/core/internal.h"
#include "atm-client/mix/notes.h"

static void totals_answered(struct atm_terminal *terminal, enum atm_reply reply) {
    atm_finish_reply(terminal, reply, atm_resting_phase(terminal));
}

void atm_totals(struct atm_terminal *terminal, atm_done_fn done, void *context) {
    if (!atm_begin_between(terminal, TW_METHOD_TERMINAL_TOTALS, ATM_PHASE_SUPERVISOR, done,
                           context))
        return;
    struct tw_plain_request request = {0};
    if (!atm_new_header(terminal, &request.header)) {
        atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, ATM_SAY(JOURNAL_FAULT),
                   ATM_PHASE_OUT_OF_SERVICE);
        return;
    }
    int64_t answer_ms = terminal->options.limits.answer_ms;
    request.header.deadline_ms = answer_ms;
    atm_exchange(terminal, TW_METHOD_TERMINAL_TOTALS, &request,
                 (struct atm_patience){.attempt_ms = answer_ms, .total_ms = answer_ms},
                 totals_answered);
}

static void told(struct atm_terminal *terminal, enum atm_reply reply) {
    struct atm_outcome *outcome = &terminal->work.outcome;
    if (reply != ATM_REPLY_RESULT) {
        atm_finish(terminal, ATM_UNANSWERED, TW_RC_ISSUER_UNREACHABLE,
                   "journaled; the host will be told", atm_resting_phase(terminal));
        return;
    }
    outcome->answered = true;
    outcome->answer = terminal->advices.answer;
    enum tw_rc rc = outcome->answer.outcome.rc;
    char text[ATM_TEXT_SIZE];
    (void)snprintf(text, sizeof text, "%s", outcome->answer.outcome.text);
    atm_finish(terminal, rc == TW_RC_APPROVED ? ATM_APPROVED : ATM_DECLINED, rc, text,
               atm_resting_phase(terminal));
}

/* Commits what was journaled together with the advice, and waits for its first attempt. */
static void commit_and_tell(struct atm_terminal *terminal, int64_t advice) {
    struct tw_error error = {0};
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error))) {
        terminal->work.outcome.stan = 0;
        atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, &error),
                   ATM_PHASE_OUT_OF_SERVICE);
        return;
    }
    atm_advice_added(terminal, advice);
    atm_advice_watch(terminal, advice, told);
}

/* Opens the transaction and fills the request; the caller adds its own lines and commits. */
static int64_t journal_cash_advice(struct atm_terminal *terminal, enum tw_method_id method,
                                   const char *event) {
    struct atm_outcome *outcome = &terminal->work.outcome;
    struct tw_terminal_cash_request request = {
        .amount = atm_notes_amount(outcome->notes, outcome->note_count),
        .currency = terminal->currency,
        .note_count = outcome->note_count,
    };
    for (size_t i = 0; i < outcome->note_count; i++)
        request.notes[i] = outcome->notes[i];
    outcome->amount_minor = request.amount;
    atm_journal_begin(terminal->options.journal);
    atm_fill_header(terminal, &request.header);
    atm_record(terminal, event, &request.header,
               json_pack("{s:I}", "amount", (json_int_t)request.amount));
    return atm_advise(terminal, method, &request, &request.header);
}

static bool copy_notes(struct atm_outcome *outcome, const struct tw_notes *notes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (notes[i].denomination <= 0 || notes[i].denomination > TW_DENOMINATION_MAX ||
            notes[i].count < 0 || notes[i].count > TW_NOTE_COUNT_MAX)
            return false;
        if (notes[i].count > 0 && !atm_notes_add(outcome->notes, &outcome->note_count,
                                                 notes[i].denomination, notes[i].count))
            return false;
    }
    return true;
}

static const struct atm_cassette *find_cassette(const struct atm_cassette *cassettes, size_t count,
                                                int32_t number) {
    for (size_t i = 0; i < count; i++)
        if (cassettes[i].number == number)
            return &cassettes[i];
    return NULL;
}

static bool add_loads(struct atm_terminal *terminal, const struct atm_load *loads, size_t count) {
    struct atm_outcome *outcome = &terminal->work.outcome;
    struct atm_cassette cassettes[ATM_CASSETTES_MAX];
    size_t cassette_count = 0;
    if (!tw_ok(atm_journal_cassettes(terminal->options.journal, cassettes, &cassette_count, NULL)))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct atm_cassette *cassette =
            find_cassette(cassettes, cassette_count, loads[i].number);
        if (cassette == NULL || loads[i].notes <= 0 || loads[i].notes > TW_NOTE_COUNT_MAX ||
            !atm_notes_add(outcome->notes, &outcome->note_count, cassette->denomination_minor,
                           loads[i].notes))
            return false;
    }
    return count > 0;
}

void atm_replenish(struct atm_terminal *terminal, const struct atm_load *loads, size_t count,
                   atm_done_fn done, void *context) {
    if (!atm_begin_between(terminal, TW_METHOD_TERMINAL_REPLENISH, ATM_PHASE_SUPERVISOR, done,
                           context))
        return;
    if (!add_loads(terminal, loads, count)) {
        atm_finish(terminal, ATM_REFUSED, TW_RC_INVALID_AMOUNT,
                   "no such cassette, or not a number of notes", atm_resting_phase(terminal));
        return;
    }
    int64_t advice = journal_cash_advice(terminal, TW_METHOD_TERMINAL_REPLENISH, "replenish");
    for (size_t i = 0; i < count; i++)
        atm_journal_loaded(terminal->options.journal, loads[i].number, loads[i].notes);
    commit_and_tell(terminal, advice);
}

/* True when the counted notes are exactly what the journal says is inside. */
static bool count_agrees(struct atm_terminal *terminal, struct tw_error *ret_error) {
    const struct atm_outcome *outcome = &terminal->work.outcome;
    struct tw_notes inside[TW_NOTES_MAX] = {0};
    size_t count = 0;
    if (!tw_ok(atm_journal_inside(terminal->options.journal, inside, &count, ret_error)))
        return false;
    int64_t matched = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t counted = 0;
        for (size_t j = 0; j < outcome->note_count; j++)
            if (outcome->notes[j].denomination == inside[i].denomination)
                counted = outcome->notes[j].count;
        if (counted != inside[i].count)
            return false;
        matched += counted > 0;
    }
    return matched == (int64_t)outcome->note_count;
}

void atm_remove(struct atm_terminal *terminal, const struct tw_notes *notes, size_t count,
                atm_done_fn done, void *context) {
    if (!atm_begin_between(terminal, TW_METHOD_TERMINAL_REMOVE, ATM_PHASE_SUPERVISOR, done,
                           context))
        return;
    struct tw_error error = {0};
    if (!copy_notes(&terminal->work.outcome, notes, count) || !count_agrees(terminal, &error)) {
        atm_finish(terminal, ATM_REFUSED, TW_RC_RECONCILE_ERROR,
                   "the count is not what the journal says is inside: balance first",
                   atm_resting_phase(terminal));
        return;
    }
    int64_t advice = journal_cash_advice(terminal, TW_METHOD_TERMINAL_REMOVE, "remove");
    atm_journal_emptied(terminal->options.journal);
    commit_and_tell(terminal, advice);
}

static void balance_counted(struct atm_terminal *terminal) {
    if (atm_advices_of(terminal, false) > 0) {
        atm_finish(terminal, ATM_REFUSED, TW_RC_ISSUER_UNREACHABLE,
                   "the host does not know all withdrawals yet: balance later",
                   atm_resting_phase(terminal));
        return;
    }
    int64_t advice = journal_cash_advice(terminal, TW_METHOD_TERMINAL_BALANCE, "balance");
    atm_journal_counted(terminal->options.journal, terminal->work.outcome.notes,
                        terminal->work.outcome.note_count);
    commit_and_tell(terminal, advice);
}

void atm_balance_cash(struct atm_terminal *terminal, const struct tw_notes *notes, size_t count,
                      atm_done_fn done, void *context) {
    if (!atm_begin_between(terminal, TW_METHOD_TERMINAL_BALANCE, ATM_PHASE_SUPERVISOR, done,
                           context))
        return;
    if (!copy_notes(&terminal->work.outcome, notes, count)) {
        atm_finish(terminal, ATM_REFUSED, TW_RC_INVALID_AMOUNT, "not a count of notes",
                   atm_resting_phase(terminal));
        return;
    }
    atm_advice_flush(terminal, false, balance_counted);
}

static void cut_over(struct atm_terminal *terminal) {
    struct tw_plain_request request = {0};
    atm_journal_begin(terminal->options.journal);
    atm_fill_header(terminal, &request.header);
    atm_record(terminal, "cut-over", &request.header, NULL);
    int64_t advice = atm_advise(terminal, TW_METHOD_TERMINAL_CUT_OVER, &request, &request.header);
    commit_and_tell(terminal, advice);
}

void atm_cut_over(struct atm_terminal *terminal, atm_done_fn done, void *context) {
    if (atm_begin_between(terminal, TW_METHOD_TERMINAL_CUT_OVER, ATM_PHASE_SUPERVISOR, done,
                          context))
        atm_advice_flush(terminal, false, cut_over);
}

static void all_tried(struct atm_terminal *terminal) {
    if (atm_advices_of(terminal, false) > 0)
        atm_finish(terminal, ATM_UNANSWERED, TW_RC_ISSUER_UNREACHABLE,
                   "the host has not acknowledged everything", atm_resting_phase(terminal));
    else
        atm_finish(terminal, ATM_APPROVED, TW_RC_APPROVED,
                   atm_advices_of(terminal, true) > 0
                       ? "the host knows everything; a transfer is still pending"
                       : "the host knows everything",
                   atm_resting_phase(terminal));
}

void atm_send_advices(struct atm_terminal *terminal, atm_done_fn done, void *context) {
    if (atm_begin_between(terminal, TW_METHOD_ECHO, ATM_PHASE_SUPERVISOR, done, context))
        atm_advice_flush(terminal, true, all_tried);
}
