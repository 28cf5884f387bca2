/* What a session asks without moving cash: balance, mini-statement, PIN change, transfer status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atm-client/core/internal.h"

static void inquiry_answered(struct atm_terminal *terminal, enum atm_reply reply) {
    if (reply == ATM_REPLY_RESULT && terminal->work.outcome.method == TW_METHOD_BALANCE)
        atm_keep_session(terminal, terminal->exchange.answer.balance.session);
    atm_finish_reply(terminal, reply, ATM_PHASE_SESSION);
}

static bool prepare(struct atm_terminal *terminal, struct tw_header *header) {
    if (!atm_new_header(terminal, header)) {
        atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, ATM_SAY(JOURNAL_FAULT),
                   ATM_PHASE_SESSION);
        return false;
    }
    terminal->work.header = *header;
    header->deadline_ms = terminal->options.limits.answer_ms;
    return true;
}

/* The same, and the session. */
static bool prepare_in_session(struct atm_terminal *terminal, struct tw_header *header,
                               char session[TW_SESSION_TEXT_SIZE]) {
    (void)snprintf(session, TW_SESSION_TEXT_SIZE, "%s", terminal->session);
    return prepare(terminal, header);
}

static struct atm_patience patience(const struct atm_terminal *terminal) {
    return (struct atm_patience){.attempt_ms = terminal->options.limits.answer_ms,
                                 .total_ms = terminal->options.limits.answer_ms};
}

void atm_balance(struct atm_terminal *terminal, const struct tw_iban *account, atm_done_fn done,
                 void *context) {
    if (!atm_begin(terminal, TW_METHOD_BALANCE, ATM_PHASE_SESSION, ATM_PHASE_INQUIRY, done,
                   context))
        return;
    struct tw_balance_request request = {.account = *account};
    terminal->work.outcome.account = *account;
    if (prepare_in_session(terminal, &request.header, request.session))
        atm_exchange(terminal, TW_METHOD_BALANCE, &request, patience(terminal), inquiry_answered);
}

void atm_statement(struct atm_terminal *terminal, const struct tw_iban *account, int64_t count,
                   atm_done_fn done, void *context) {
    if (!atm_begin(terminal, TW_METHOD_STATEMENT, ATM_PHASE_SESSION, ATM_PHASE_INQUIRY, done,
                   context))
        return;
    struct tw_statement_request request = {.account = *account, .count = count};
    terminal->work.outcome.account = *account;
    if (prepare_in_session(terminal, &request.header, request.session))
        atm_exchange(terminal, TW_METHOD_STATEMENT, &request, patience(terminal), inquiry_answered);
}

static void change_pin(struct atm_terminal *terminal) {
    struct tw_pin_change_request request = {0};
    if (!prepare_in_session(terminal, &request.header, request.session))
        return;
    request.pin_block = atm_pin_block(terminal);
    if (request.pin_block == NULL) {
        terminal->work.outcome.stan = 0;
        atm_finish(terminal, ATM_REFUSED, TW_RC_FORMAT_ERROR, ATM_SAY(PIN_DIGITS),
                   ATM_PHASE_SESSION);
        return;
    }
    atm_exchange(terminal, TW_METHOD_PIN_CHANGE, &request, patience(terminal), inquiry_answered);
    tw_fields_clear(tw_pin_change_request_fields, &request);
}

void atm_pin_change(struct atm_terminal *terminal, const char *pin, const char *new_pin,
                    atm_done_fn done, void *context) {
    if (!atm_pin_fits(pin) || !atm_pin_fits(new_pin)) {
        atm_refuse(terminal, done, context, ATM_SAY(PIN_DIGITS));
        return;
    }
    const char *obstacle = atm_unless_usable(terminal, ATM_DEVICE_PIN_PAD, ATM_SAY(PIN_PAD_FAULT));
    if (obstacle != NULL) {
        atm_refuse(terminal, done, context, obstacle);
        return;
    }
    if (!atm_begin(terminal, TW_METHOD_PIN_CHANGE, ATM_PHASE_SESSION, ATM_PHASE_INQUIRY, done,
                   context))
        return;
    (void)snprintf(terminal->work.pin, sizeof terminal->work.pin, "%s", pin);
    (void)snprintf(terminal->work.new_pin, sizeof terminal->work.new_pin, "%s", new_pin);
    atm_with_pin_key(terminal, change_pin);
}

static void status_answered(struct atm_terminal *terminal, enum atm_reply reply) {
    const struct tw_posting_result *result = &terminal->exchange.answer.posting;
    struct tw_error error = {0};
    if (reply != ATM_REPLY_RESULT || result->status[0] == '\0') { /* nothing about the transfer */
        atm_finish_reply(terminal, reply, ATM_PHASE_SESSION);
        return;
    }
    atm_journal_begin(terminal->options.journal);
    atm_transfer_end(terminal, &terminal->work.header, result);
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        (void)atm_broken(terminal, &error); /* asked again by itself */
    atm_transfer_finish(terminal, atm_transfer_fate(result));
}

void atm_transfer_status(struct atm_terminal *terminal, const struct tw_uuid *txid,
                         atm_done_fn done, void *context) {
    if (!atm_begin(terminal, TW_METHOD_TRANSFER_STATUS, ATM_PHASE_SESSION, ATM_PHASE_INQUIRY, done,
                   context))
        return;
    struct atm_outcome *outcome = &terminal->work.outcome;
    struct atm_operation operation = {0};
    struct tw_transfer_status_request request = {0};
    if (!prepare(terminal, &request.header))
        return;
    request.header.txid = *txid;
    request.from_account = atm_account_of(terminal, txid);
    terminal->work.header.txid = *txid;
    outcome->txid = *txid;
    if (tw_ok(atm_journal_operation(terminal->options.journal, txid, &operation, NULL))) {
        outcome->account = operation.account;
        outcome->amount_minor = operation.amount_minor;
        outcome->surcharge_minor = operation.surcharge_minor;
    }
    atm_exchange(terminal, TW_METHOD_TRANSFER_STATUS, &request, patience(terminal),
                 status_answered);
}
