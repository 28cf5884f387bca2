/*
 * The card: in, and out again. It leaves by its owner's hand; if nobody takes it, it is kept, and
 * if it jams, it stays where it is. Either is journaled, with the card's masked number, because its
 * owner will ask. What goes on after that is the caller's step.
 */
#include <stdio.h>

#include "atm-client/core/internal.h"

/* Out of order: then no card is taken that could not be used, or not be given back. */
static const char *obstacle(const struct atm_terminal *terminal, const struct atm_card *card) {
    if (terminal->phase != ATM_PHASE_IDLE)
        return terminal->reason[0] != '\0' ? terminal->reason : atm_phase_text(terminal->phase);
    const char *text = atm_unless_usable(terminal, ATM_DEVICE_CARD_READER, ATM_SAY(READER_FAULT));
    if (text == NULL)
        text = atm_unless_usable(terminal, ATM_DEVICE_PIN_PAD, ATM_SAY(PIN_PAD_FAULT));
    return text != NULL || tw_pan_valid(card->pan) ? text : ATM_SAY(CARD_UNREADABLE);
}

bool atm_insert_card(struct atm_terminal *terminal, const struct atm_card *card,
                     struct tw_error *ret_error) {
    const char *text = obstacle(terminal, card);
    struct tw_status status = tw_success();
    if (text != NULL && terminal->phase != ATM_PHASE_IDLE)
        status = tw_fail(ret_error, TW_E_CONFLICT, "%s: %s", ATM_SAY(NO_CARD_NOW), text);
    else if (text != NULL)
        status = tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s", text);
    if (!tw_ok(status))
        return false;
    terminal->card = *card;
    atm_move(terminal, ATM_PHASE_CARD);
    return true;
}

void atm_forget_card(struct atm_terminal *terminal) {
    tw_wipe(&terminal->card, sizeof terminal->card);
    tw_wipe(terminal->session, sizeof terminal->session);
    terminal->account_count = 0;
    terminal->strategy = terminal->options.strategy;
    terminal->language = terminal->options.language;
}

static void note_kept(struct atm_terminal *terminal, const char *reason) {
    struct tw_header header = terminal->work.header;
    struct tw_error error = {0};
    char masked[TW_PAN_TEXT_SIZE];
    (void)tw_pan_mask(terminal->card.pan, masked);
    header.business_date = terminal->business_date;
    terminal->work.outcome.card_retained = true;
    terminal->work.outcome.retained_because = reason;
    atm_journal_begin(terminal->options.journal);
    atm_record(terminal, "card retained", &header,
               json_pack("{s:s, s:s}", "pan", masked, "reason", reason));
    if (!tw_ok(atm_journal_commit(terminal->options.journal, &error)))
        (void)atm_broken(terminal, &error);
}

void atm_retain_card(struct atm_terminal *terminal, const char *reason) {
    const struct atm_reader *reader = &terminal->options.devices.reader;
    char masked[TW_PAN_TEXT_SIZE];
    (void)tw_pan_mask(terminal->card.pan, masked);
    reader->retain(reader->context, masked);
    note_kept(terminal, reason);
    atm_forget_card(terminal);
}

static void card_moved(void *context, enum atm_media media) {
    struct atm_terminal *terminal = context;
    if (media == ATM_MEDIA_PRESENT)
        atm_retain_card(terminal, "not_taken");
    else if (media == ATM_MEDIA_JAMMED)
        note_kept(terminal, "jammed");
    atm_forget_card(terminal);
    terminal->work.card_out(terminal);
}

void atm_return_card(struct atm_terminal *terminal, enum atm_reply reply, atm_step_fn then) {
    const struct atm_reader *reader = &terminal->options.devices.reader;
    terminal->work.card_out = then;
    terminal->work.reply = reply;
    atm_move(terminal, ATM_PHASE_EJECTING);
    reader->eject(reader->context, terminal->options.limits.taken_ms, card_moved, terminal);
}
