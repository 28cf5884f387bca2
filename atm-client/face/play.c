/*
 * Verbs by a table of functions, and what they share: running a core operation to its end, reports,
 * signing on when a verb needs it. Customers' verbs are in atm_play_customer.c, the staff's in
 * play_staff.c.
 */
#include "atm-client/face/play.h"

#include <stdio.h>

#include "atm-client/face/play_internal.h"
#include "atm-client/face/report.h"
#include "pin/pin_block.h"

enum atm_verdict atm_play_report(const struct atm_player *player, enum atm_verb verb,
                                 const struct atm_waiting *waiting, json_t **ret_report) {
    (void)player;
    *ret_report = atm_report_outcome(verb, &waiting->outcome, waiting->outcome.language);
    return waiting->outcome.verdict;
}

/* A look has no terminal, and no customer. */
static enum atm_language language_of(const struct atm_player *player) {
    const struct atm_terminal *terminal = player->machine->terminal;
    return terminal != NULL ? atm_terminal_language(terminal) : player->machine->config->spoken;
}

enum atm_verdict atm_play_refuse(const struct atm_player *player, enum atm_verb verb, enum tw_rc rc,
                                 const char *text, json_t **ret_report) {
    struct atm_waiting waiting = {
        .outcome = {.verdict = ATM_REFUSED, .rc = rc, .language = language_of(player)}};
    (void)snprintf(waiting.outcome.text, sizeof waiting.outcome.text, "%s", text);
    return atm_play_report(player, verb, &waiting, ret_report);
}

enum atm_verdict atm_play_status_of(const struct atm_player *player, enum atm_verb verb,
                                    struct tw_status status, const struct tw_error *error,
                                    json_t **ret_report) {
    if (tw_ok(status)) {
        struct atm_waiting waiting = {
            .outcome = {.verdict = ATM_APPROVED, .language = language_of(player)}};
        (void)snprintf(waiting.outcome.text, sizeof waiting.outcome.text, "done");
        return atm_play_report(player, verb, &waiting, ret_report);
    }
    return atm_play_refuse(player, verb, TW_RC_INVALID_TRANSACTION, error->detail, ret_report);
}

enum atm_verdict atm_play_run(struct atm_player *player, enum atm_verb verb,
                              void (*start)(struct atm_terminal *terminal, atm_done_fn done,
                                            void *context),
                              json_t **ret_report) {
    struct atm_waiting waiting = {0};
    start(player->machine->terminal, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    return atm_play_report(player, verb, &waiting, ret_report);
}

void atm_play_forget_card(struct atm_player *player) {
    tw_wipe(player->pin, sizeof player->pin);
    tw_wipe(player->card, sizeof player->card); /* it may be a number */
}

enum atm_verdict atm_play_eject(struct atm_player *player, json_t **ret_report) {
    atm_play_forget_card(player);
    return atm_play_run(player, ATM_VERB_CLOSE, atm_eject, ret_report);
}

bool atm_play_signed_on(struct atm_player *player, enum atm_verb verb,
                        enum atm_verdict *ret_verdict, json_t **ret_report) {
    struct atm_terminal *terminal = player->machine->terminal;
    if (atm_terminal_signed_on(terminal))
        return true;
    struct atm_waiting waiting = {0};
    atm_sign_on(terminal, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    if (waiting.outcome.verdict == ATM_APPROVED)
        return true;
    *ret_verdict = atm_play_report(player, verb, &waiting, ret_report);
    return false;
}

static bool is_local(enum atm_verb verb) {
    return verb == ATM_VERB_STATUS || verb == ATM_VERB_JOURNAL || verb == ATM_VERB_RECEIPT ||
           verb == ATM_VERB_FAULT || verb == ATM_VERB_CLEAR_FAULTS ||
           verb == ATM_VERB_COLLECT_CARDS || verb == ATM_VERB_TAKE || verb == ATM_VERB_WORLD;
}

static void power_up(struct atm_player *player) {
    struct atm_waiting waiting = {0};
    player->machine->powered = true;
    atm_power_up(player->machine->terminal, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    player->recovered = waiting.outcome.recovered;
}

static const atm_verb_fn verbs[ATM_VERB_COUNT] = {
    [ATM_VERB_SIGN_ON] = atm_play_sign_on,
    [ATM_VERB_SIGN_OFF] = atm_play_sign_off,
    [ATM_VERB_ECHO] = atm_play_echo,
    [ATM_VERB_OPEN] = atm_play_open,
    [ATM_VERB_CLOSE] = atm_play_close,
    [ATM_VERB_BALANCE] = atm_play_customer,
    [ATM_VERB_STATEMENT] = atm_play_customer,
    [ATM_VERB_WITHDRAW] = atm_play_customer,
    [ATM_VERB_DEPOSIT] = atm_play_customer,
    [ATM_VERB_TRANSFER] = atm_play_customer,
    [ATM_VERB_TRANSFER_STATUS] = atm_play_customer,
    [ATM_VERB_PIN_CHANGE] = atm_play_customer,
    [ATM_VERB_TOTALS] = atm_play_totals,
    [ATM_VERB_REPLENISH] = atm_play_replenish,
    [ATM_VERB_REMOVE] = atm_play_remove,
    [ATM_VERB_BALANCE_CASH] = atm_play_balance_cash,
    [ATM_VERB_CUT_OVER] = atm_play_cut_over,
    [ATM_VERB_RECOVER] = atm_play_recover,
    [ATM_VERB_ADVICES] = atm_play_advices,
    [ATM_VERB_STATUS] = atm_play_status,
    [ATM_VERB_JOURNAL] = atm_play_journal,
    [ATM_VERB_RECEIPT] = atm_play_receipt,
    [ATM_VERB_FAULT] = atm_play_fault,
    [ATM_VERB_CLEAR_FAULTS] = atm_play_clear_faults,
    [ATM_VERB_COLLECT_CARDS] = atm_play_collect_cards,
    [ATM_VERB_TAKE] = atm_play_take,
    [ATM_VERB_WORLD] = atm_play_world,
};

enum atm_verdict atm_play(struct atm_player *player, const struct atm_step *step,
                          json_t **ret_report) {
    if (!player->machine->powered && !is_local(step->verb))
        power_up(player);
    atm_record_before(player->recorder, player, step);
    enum atm_verdict verdict = verbs[step->verb](player, step, ret_report);
    if (player->recovered > 0 || step->verb == ATM_VERB_RECOVER)
        (void)json_object_set_new(*ret_report, "recovered", json_integer(player->recovered));
    player->recovered = 0;
    atm_record_after(player->recorder, player, step, *ret_report);
    return verdict;
}

void atm_player_finish(struct atm_player *player) {
    struct atm_terminal *terminal = player->machine->terminal;
    if (terminal == NULL) /* this was only a look */
        return;
    enum atm_phase phase = atm_terminal_phase(terminal);
    if (phase == ATM_PHASE_SESSION || phase == ATM_PHASE_CARD) {
        TW_JSON_OWNED json_t *ignored = NULL;
        (void)atm_play_eject(player, &ignored);
    }
    atm_play_forget_card(player);
    if (player->machine->powered && atm_terminal_signed_on(terminal))
        (void)atm_machine_settle(player->machine, player->machine->config->limits.advice_ms, false);
}
