/* Sign-on, sign-off, echo: the terminal's own talk with the host. */
#include <stdio.h>

#include "atm-client/core/internal.h"

/* A host that is not there is not asked for longer than this: somebody waits for the screen. */
#define CONTACT_MS 5000

static void contact(struct atm_terminal *terminal, enum tw_method_id method, atm_reply_fn then) {
    struct tw_plain_request request = {0};
    if (!atm_new_header(terminal, &request.header)) {
        atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, ATM_SAY(JOURNAL_FAULT),
                   ATM_PHASE_OUT_OF_SERVICE);
        return;
    }
    int64_t answer_ms = terminal->options.limits.answer_ms;
    terminal->work.header = request.header;
    request.header.deadline_ms = answer_ms;
    atm_exchange(terminal, method, &request,
                 (struct atm_patience){.attempt_ms = answer_ms, .total_ms = CONTACT_MS}, then);
}

static void signed_on(struct atm_terminal *terminal, enum atm_reply reply) {
    const struct tw_sign_on_result *result = &terminal->exchange.answer.sign_on;
    struct tw_error error = {0};
    if (reply != ATM_REPLY_RESULT || result->outcome.rc != TW_RC_APPROVED) {
        atm_finish_reply(terminal, reply, ATM_PHASE_OUT_OF_SERVICE);
        return;
    }
    if (terminal->currency.code[0] != '\0' && result->currency.code[0] != '\0' &&
        !tw_currency_equal(terminal->currency, result->currency)) {
        atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR,
                   "the bank's currency is not the cassettes'", ATM_PHASE_OUT_OF_SERVICE);
        return;
    }
    atm_journal_begin(terminal->options.journal);
    atm_journal_set_date(terminal->options.journal, result->business_date);
    atm_journal_prune(terminal->options.journal, terminal->options.keep_days);
    atm_record(terminal, "signed on", &terminal->work.header, NULL);
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error))) {
        atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, atm_broken(terminal, &error),
                   ATM_PHASE_OUT_OF_SERVICE);
        return;
    }
    terminal->business_date = result->business_date;
    terminal->work.outcome.business_date = result->business_date;
    if (terminal->currency.code[0] == '\0')
        terminal->currency = result->currency;
    if (result->bank_code != 0)
        terminal->bank_code = result->bank_code;
    terminal->surcharge_minor = result->surcharge;
    terminal->signed_on = true;
    atm_finish_reply(terminal, reply, atm_resting_phase(terminal));
}

void atm_sign_on(struct atm_terminal *terminal, atm_done_fn done, void *context) {
    if (!atm_begin_between(terminal, TW_METHOD_SIGN_ON, ATM_PHASE_CONTACT, done, context))
        return;
    contact(terminal, TW_METHOD_SIGN_ON, signed_on);
}

static void signed_off(struct atm_terminal *terminal, enum atm_reply reply) {
    terminal->signed_on = false;
    atm_finish_reply(terminal, reply, ATM_PHASE_OUT_OF_SERVICE);
}

void atm_sign_off(struct atm_terminal *terminal, atm_done_fn done, void *context) {
    if (!atm_begin_between(terminal, TW_METHOD_SIGN_OFF, ATM_PHASE_CONTACT, done, context))
        return;
    contact(terminal, TW_METHOD_SIGN_OFF, signed_off);
}

static void echoed(struct atm_terminal *terminal, enum atm_reply reply) {
    atm_finish_reply(terminal, reply, atm_resting_phase(terminal));
}

void atm_echo(struct atm_terminal *terminal, atm_done_fn done, void *context) {
    if (!atm_begin_between(terminal, TW_METHOD_ECHO, ATM_PHASE_CONTACT, done, context))
        return;
    contact(terminal, TW_METHOD_ECHO, echoed);
}
