/*
 * PIN and session. The PIN is encrypted for the issuer's key, which is fetched by IIN, proved
 * against the network's root and kept for this life of the terminal. It lies in memory only from
 * atm_enter_pin to the request; the PAN until the card leaves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atm-client/core/internal.h"
#include "core/log.h"

bool atm_pin_fits(const char *pin) {
    size_t length = strspn(pin, "0123456789");
    return pin[length] == '\0' && length >= 4 && length < TW_PIN_TEXT_SIZE;
}

void atm_keep_session(struct atm_terminal *terminal, const char *token) {
    if (token[0] != '\0')
        (void)snprintf(terminal->session, sizeof terminal->session, "%s", token);
}

static void drop_key(struct atm_pin_key *key) {
    tw_pin_encryptor_free(key->encryptor);
    free(key->certificate);
    *key = (struct atm_pin_key){0};
}

void atm_drop_pin_keys(struct atm_terminal *terminal) {
    for (size_t i = 0; i < ATM_PIN_KEYS_MAX; i++)
        drop_key(&terminal->pin_keys[i]);
}

static void card_iin(const struct atm_terminal *terminal, char iin[9]) {
    (void)snprintf(iin, 9, "%.8s", terminal->card.pan);
}

/* The cached key of the card's issuer, or NULL. */
static struct atm_pin_key *find_key(struct atm_terminal *terminal) {
    char iin[9];
    card_iin(terminal, iin);
    for (size_t i = 0; i < ATM_PIN_KEYS_MAX; i++)
        if (terminal->pin_keys[i].certificate != NULL &&
            strcmp(terminal->pin_keys[i].iin, iin) == 0)
            return &terminal->pin_keys[i];
    return NULL;
}

/* For every PIN anew: since the last one the certificate may have been revoked or have expired.
 * A key that fails is forgotten. */
static bool prove_key(const struct atm_terminal *terminal, struct atm_pin_key *key) {
    const struct tw_trust trust = {.root_file = terminal->root_file,
                                   .crl_file = terminal->crl_file,
                                   .clock = terminal->options.clock};
    struct tw_error error = {0};
    tw_pin_encryptor_free(key->encryptor);
    key->encryptor = NULL;
    if (tw_ok(tw_pin_encryptor_new(key->certificate, &trust, key->bank_code, terminal->card.pan,
                                   &key->encryptor, &error)))
        return true;
    tw_log(TW_LOG_ERROR, "issuer's PIN key refused", TW_STR("reason", error.detail));
    drop_key(key);
    return false;
}

static void finish_at_rest(struct atm_terminal *terminal) {
    atm_finish_reply(terminal, terminal->work.reply, atm_resting_phase(terminal));
}

/* After a failure of the key or of the PIN block the card stays for another try. */
static enum atm_phase phase_after_pin(const struct atm_terminal *terminal) {
    return terminal->phase == ATM_PHASE_PIN ? ATM_PHASE_CARD : ATM_PHASE_SESSION;
}

static void pin_key_answered(struct atm_terminal *terminal, enum atm_reply reply) {
    struct tw_pin_key_result *result = &terminal->exchange.answer.pin_key;
    enum atm_phase back = phase_after_pin(terminal);
    if (reply != ATM_REPLY_RESULT || result->outcome.rc != TW_RC_APPROVED ||
        result->certificate == NULL) {
        char *certificate = result->certificate;
        if (reply == ATM_REPLY_RESULT) {
            result->certificate = NULL;
            free(certificate);
        }
        /* Another PIN would change nothing for an issuer that nobody knows. */
        if (reply == ATM_REPLY_RESULT && back == ATM_PHASE_CARD)
            atm_return_card(terminal, reply, finish_at_rest);
        else
            atm_finish_reply(terminal, reply, back);
        return;
    }
    struct atm_pin_key *key = &terminal->pin_keys[terminal->next_pin_key];
    terminal->next_pin_key = (terminal->next_pin_key + 1) % ATM_PIN_KEYS_MAX;
    drop_key(key);
    card_iin(terminal, key->iin);
    key->bank_code = result->bank_code;
    key->certificate = result->certificate;
    result->certificate = NULL;
    if (!prove_key(terminal, key)) {
        atm_finish(terminal, ATM_FAULT, TW_RC_SECURITY_VIOLATION, ATM_SAY(KEY_NOT_PROVED), back);
        return;
    }
    terminal->work.with_key(terminal);
}

void atm_with_pin_key(struct atm_terminal *terminal, atm_step_fn then) {
    struct atm_pin_key *key = find_key(terminal);
    if (key != NULL && prove_key(terminal, key)) {
        then(terminal);
        return;
    }
    terminal->work.with_key = then;
    struct tw_pin_key_request request = {0};
    card_iin(terminal, request.iin);
    if (!atm_new_header(terminal, &request.header)) {
        atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, ATM_SAY(JOURNAL_FAULT),
                   phase_after_pin(terminal));
        return;
    }
    int64_t answer_ms = terminal->options.limits.answer_ms;
    request.header.deadline_ms = answer_ms;
    atm_exchange(terminal, TW_METHOD_PIN_KEY, &request,
                 (struct atm_patience){.attempt_ms = answer_ms, .total_ms = answer_ms},
                 pin_key_answered);
}

char *atm_pin_block(struct atm_terminal *terminal) {
    struct atm_work *work = &terminal->work;
    struct tw_pin_plain plain = {
        .terminal_id = terminal->options.terminal_id,
        .txid = work->header.txid,
        .issued_ms = tw_wall_ms(terminal->options.clock),
    };
    memcpy(plain.pin, work->pin, sizeof plain.pin);
    memcpy(plain.new_pin, work->new_pin, sizeof plain.new_pin);
    memcpy(plain.pan, terminal->card.pan, sizeof plain.pan);
    char *block = NULL;
    struct tw_error error = {0};
    if (!tw_ok(tw_pin_encrypt(find_key(terminal)->encryptor, &plain, &block, &error)))
        tw_log(TW_LOG_WARN, "no PIN block", TW_STR("reason", error.detail));
    tw_wipe(&plain, sizeof plain);
    tw_wipe(work->pin, sizeof work->pin);
    tw_wipe(work->new_pin, sizeof work->new_pin);
    return block;
}

static bool retains(const struct tw_session_open_result *result) {
    return result->retain_card || tw_rc_retains_card(result->outcome.rc);
}

static void session_opened(struct atm_terminal *terminal, enum atm_reply reply) {
    const struct tw_session_open_result *result = &terminal->exchange.answer.session;
    if (reply != ATM_REPLY_RESULT) {
        atm_finish_reply(terminal, reply, ATM_PHASE_CARD);
        return;
    }
    if (result->outcome.rc == TW_RC_APPROVED && result->session[0] != '\0' &&
        result->account_count > 0) {
        atm_keep_session(terminal, result->session);
        terminal->account_count = result->account_count;
        memcpy(terminal->accounts, result->accounts, sizeof terminal->accounts);
        atm_finish_reply(terminal, reply, ATM_PHASE_SESSION);
    } else if (retains(result)) {
        atm_move(terminal, ATM_PHASE_EJECTING);
        atm_retain_card(terminal, "host");
        atm_finish_reply(terminal, reply, atm_resting_phase(terminal));
    } else if (result->outcome.rc == TW_RC_WRONG_PIN) {
        atm_finish_reply(terminal, reply, ATM_PHASE_CARD);
    } else {
        if (result->outcome.rc == TW_RC_SECURITY_VIOLATION)
            drop_key(find_key(terminal)); /* the issuer may have a new one */
        atm_return_card(terminal, reply, finish_at_rest);
    }
}

static void open_session(struct atm_terminal *terminal) {
    struct atm_work *work = &terminal->work;
    struct tw_session_open_request request = {.expiry = terminal->card.expiry};
    if (!atm_new_header(terminal, &work->header)) {
        atm_finish(terminal, ATM_FAULT, TW_RC_SYSTEM_ERROR, ATM_SAY(JOURNAL_FAULT), ATM_PHASE_CARD);
        return;
    }
    int64_t answer_ms = terminal->options.limits.answer_ms;
    request.header = work->header;
    request.header.deadline_ms = answer_ms;
    memcpy(request.pan, terminal->card.pan, sizeof request.pan);
    request.pin_block = atm_pin_block(terminal);
    if (request.pin_block == NULL) {
        tw_wipe(request.pan, sizeof request.pan);
        work->outcome.stan = 0;
        atm_finish(terminal, ATM_REFUSED, TW_RC_FORMAT_ERROR, ATM_SAY(PIN_DIGITS), ATM_PHASE_CARD);
        return;
    }
    atm_exchange(terminal, TW_METHOD_SESSION_OPEN, &request,
                 (struct atm_patience){.attempt_ms = answer_ms, .total_ms = answer_ms},
                 session_opened);
    tw_fields_clear(tw_session_open_request_fields, &request);
}

void atm_enter_pin(struct atm_terminal *terminal, const char *pin, atm_done_fn done,
                   void *context) {
    if (!atm_pin_fits(pin)) {
        atm_refuse(terminal, done, context, ATM_SAY(PIN_DIGITS));
        return;
    }
    const char *obstacle = atm_unless_usable(terminal, ATM_DEVICE_PIN_PAD, ATM_SAY(PIN_PAD_FAULT));
    if (obstacle != NULL) {
        atm_refuse(terminal, done, context, obstacle);
        return;
    }
    if (!atm_begin(terminal, TW_METHOD_SESSION_OPEN, ATM_PHASE_CARD, ATM_PHASE_PIN, done, context))
        return;
    (void)snprintf(terminal->work.pin, sizeof terminal->work.pin, "%s", pin);
    atm_with_pin_key(terminal, open_session);
}

/* The customer is done; whether he has his card is the reader's word. */
static void card_given(struct atm_terminal *terminal) {
    const struct atm_outcome *outcome = &terminal->work.outcome;
    if (!outcome->card_retained)
        atm_finish(terminal, ATM_APPROVED, TW_RC_APPROVED, ATM_SAY(CARD_RETURNED),
                   atm_resting_phase(terminal));
    else
        atm_finish(terminal, ATM_FAULT, TW_RC_APPROVED,
                   strcmp(outcome->retained_because, "jammed") == 0 ? ATM_SAY(CARD_JAMMED)
                                                                    : ATM_SAY(CARD_NOT_TAKEN),
                   atm_resting_phase(terminal));
}

static void session_given(struct atm_terminal *terminal) {
    if (terminal->work.outcome.card_retained)
        card_given(terminal);
    else
        finish_at_rest(terminal);
}

static void session_closed(struct atm_terminal *terminal, enum atm_reply reply) {
    atm_return_card(terminal, reply, session_given);
}

void atm_eject(struct atm_terminal *terminal, atm_done_fn done, void *context) {
    bool open = terminal->phase == ATM_PHASE_SESSION;
    if (!atm_begin(terminal, TW_METHOD_SESSION_CLOSE, open ? ATM_PHASE_SESSION : ATM_PHASE_CARD,
                   ATM_PHASE_EJECTING, done, context))
        return;
    struct tw_session_request request = {0};
    if (!open || !atm_new_header(terminal, &request.header)) {
        atm_return_card(terminal, ATM_REPLY_NONE, card_given);
        return;
    }
    int64_t answer_ms = terminal->options.limits.advice_ms;
    terminal->work.header = request.header;
    request.header.deadline_ms = answer_ms;
    (void)snprintf(request.session, sizeof request.session, "%s", terminal->session);
    atm_exchange(terminal, TW_METHOD_SESSION_CLOSE, &request,
                 (struct atm_patience){.attempt_ms = answer_ms}, session_closed);
    tw_wipe(&request, sizeof request);
}
