/*
 * Verbs by a table of functions. Customer verbs share one frame: sign on if the terminal is not,
 * check the note mix before anyone types a PIN, open a session if none fits, act.
 */
#include "atm-client/face/play.h"

#include <stdio.h>
#include <string.h>

#include "atm-client/face/report.h"
#include "pin/pin_block.h"

typedef enum atm_verdict (*verb_fn)(struct atm_player *player, const struct atm_step *step,
                                    json_t **ret_report);

static enum atm_verdict report(enum atm_verb verb, const struct atm_waiting *waiting,
                               json_t **ret_report) {
    *ret_report = atm_report_outcome(verb, &waiting->outcome);
    return waiting->outcome.verdict;
}

static enum atm_verdict refuse(enum atm_verb verb, enum tw_rc rc, const char *text,
                               json_t **ret_report) {
    struct atm_waiting waiting = {.outcome = {.verdict = ATM_REFUSED, .rc = rc}};
    (void)snprintf(waiting.outcome.text, sizeof waiting.outcome.text, "%s", text);
    return report(verb, &waiting, ret_report);
}

static enum atm_verdict answer_error(enum atm_verb verb, struct tw_status status,
                                     const struct tw_error *error, json_t **ret_report) {
    if (tw_ok(status)) {
        struct atm_waiting waiting = {.outcome = {.verdict = ATM_APPROVED}};
        (void)snprintf(waiting.outcome.text, sizeof waiting.outcome.text, "done");
        return report(verb, &waiting, ret_report);
    }
    return refuse(verb, TW_RC_INVALID_TRANSACTION, error->detail, ret_report);
}

/* Runs a core function of no arguments. */
static enum atm_verdict run_plain(struct atm_player *player, enum atm_verb verb,
                                  void (*start)(struct atm_terminal *terminal, atm_done_fn done,
                                                void *context),
                                  json_t **ret_report) {
    struct atm_waiting waiting = {0};
    start(player->machine->terminal, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    return report(verb, &waiting, ret_report);
}

static bool is_local(enum atm_verb verb) {
    return verb == ATM_VERB_STATUS || verb == ATM_VERB_JOURNAL || verb == ATM_VERB_FAULT ||
           verb == ATM_VERB_CLEAR_FAULTS || verb == ATM_VERB_TAKE || verb == ATM_VERB_WORLD;
}

static void power_up(struct atm_player *player) {
    struct atm_waiting waiting = {0};
    player->machine->powered = true;
    atm_power_up(player->machine->terminal, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    player->recovered = waiting.outcome.recovered;
}

/* --- session -------------------------------------------------------------------------------- */

static void forget_card(struct atm_player *player) {
    tw_wipe(player->pin, sizeof player->pin);
    player->card[0] = '\0';
}

static enum atm_verdict eject(struct atm_player *player, json_t **ret_report) {
    forget_card(player);
    return run_plain(player, ATM_VERB_CLOSE, atm_eject, ret_report);
}

/* True when the terminal is signed on; else *ret_report says why not. */
static bool signed_on(struct atm_player *player, enum atm_verb verb, enum atm_verdict *ret_verdict,
                      json_t **ret_report) {
    struct atm_terminal *terminal = player->machine->terminal;
    if (atm_terminal_signed_on(terminal))
        return true;
    struct atm_waiting waiting = {0};
    atm_sign_on(terminal, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    if (waiting.outcome.verdict == ATM_APPROVED)
        return true;
    *ret_verdict = report(verb, &waiting, ret_report);
    return false;
}

static bool find_card(const struct atm_player *player, const struct atm_step *step,
                      struct atm_card *ret_card) {
    const struct atm_named_card *named = atm_cards_find(player->cards, step->card);
    if (named != NULL) {
        *ret_card = named->card;
        return true;
    }
    if (!tw_pan_valid(step->card) || step->expiry == 0)
        return false;
    *ret_card = (struct atm_card){.expiry = step->expiry};
    (void)snprintf(ret_card->pan, sizeof ret_card->pan, "%.19s", step->card);
    return true;
}

static bool insert(struct atm_player *player, const struct atm_step *step,
                   enum atm_verdict *ret_verdict, json_t **ret_report) {
    struct atm_card card = {0};
    struct tw_error error = {0};
    bool inserted = false;
    if (!find_card(player, step, &card))
        *ret_verdict =
            refuse(step->verb, TW_RC_NO_SUCH_CARD,
                   "no such card: a name of the cards file, or a PAN with its expiry", ret_report);
    else if (!atm_insert_card(player->machine->terminal, &card, &error))
        *ret_verdict = refuse(step->verb, TW_RC_INVALID_TRANSACTION, error.detail, ret_report);
    else
        inserted = true;
    tw_wipe(&card, sizeof card);
    if (inserted)
        (void)snprintf(player->card, sizeof player->card, "%s", step->card);
    return inserted;
}

static bool enter_pin(struct atm_player *player, const struct atm_step *step,
                      enum atm_verdict *ret_verdict, json_t **ret_report) {
    char pin[sizeof player->pin];
    (void)snprintf(pin, sizeof pin, "%s", step->pin);
    if (pin[0] == '\0' &&
        (player->ask_pin == NULL || !player->ask_pin(player->context, "PIN", pin, sizeof pin))) {
        *ret_verdict = refuse(step->verb, TW_RC_WRONG_PIN, "no PIN was given", ret_report);
        return false;
    }
    struct atm_waiting waiting = {0};
    atm_enter_pin(player->machine->terminal, pin, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    bool opened = waiting.outcome.verdict == ATM_APPROVED;
    if (opened)
        (void)snprintf(player->pin, sizeof player->pin, "%s", pin);
    tw_wipe(pin, sizeof pin);
    if (step->verb == ATM_VERB_OPEN || !opened)
        *ret_verdict = report(step->verb, &waiting, ret_report);
    return opened;
}

/* Ends with a session of the step's card, or false and a report. */
static bool have_session(struct atm_player *player, const struct atm_step *step,
                         enum atm_verdict *ret_verdict, json_t **ret_report) {
    struct atm_terminal *terminal = player->machine->terminal;
    bool open = atm_terminal_phase(terminal) == ATM_PHASE_SESSION;
    if (open && (step->card[0] == '\0' || strcmp(step->card, player->card) == 0) &&
        step->verb != ATM_VERB_OPEN)
        return true;
    if (step->card[0] == '\0') {
        *ret_verdict = refuse(step->verb, TW_RC_INVALID_TRANSACTION, "no card is inside: give one",
                              ret_report);
        return false;
    }
    if (open) {
        TW_JSON_OWNED json_t *ignored = NULL;
        (void)eject(player, &ignored);
    }
    if (!insert(player, step, ret_verdict, ret_report))
        return false;
    if (enter_pin(player, step, ret_verdict, ret_report))
        return true;
    if (atm_terminal_phase(terminal) == ATM_PHASE_CARD) {
        TW_JSON_OWNED json_t *ignored = NULL;
        (void)eject(player, &ignored);
    }
    forget_card(player);
    return false;
}

static struct tw_iban account_of(const struct atm_player *player, const struct atm_step *step) {
    const struct tw_session_account *accounts = NULL;
    size_t count = atm_session_accounts(player->machine->terminal, &accounts);
    if (step->account.account != 0 || count == 0)
        return step->account;
    return accounts[0].account;
}

/* --- verbs ---------------------------------------------------------------------------------- */

static void start_customer_verb(struct atm_player *player, const struct atm_step *step,
                                struct atm_waiting *waiting) {
    struct atm_terminal *terminal = player->machine->terminal;
    struct tw_iban account = account_of(player, step);
    switch ((int)step->verb) {
    case ATM_VERB_BALANCE:
        atm_balance(terminal, &account, atm_waiting_done, waiting);
        break;
    case ATM_VERB_STATEMENT:
        atm_statement(terminal, &account, step->count, atm_waiting_done, waiting);
        break;
    case ATM_VERB_WITHDRAW:
        atm_withdraw(terminal, &account, step->amount, atm_waiting_done, waiting);
        break;
    case ATM_VERB_DEPOSIT:
        atm_deposit(terminal, &account, atm_waiting_done, waiting);
        break;
    case ATM_VERB_TRANSFER:
        atm_transfer(terminal, &account, &step->to, step->amount, step->remittance,
                     atm_waiting_done, waiting);
        break;
    case ATM_VERB_TRANSFER_STATUS:
        atm_transfer_status(terminal, &step->txid, atm_waiting_done, waiting);
        break;
    case ATM_VERB_PIN_CHANGE:
        atm_pin_change(terminal, player->pin, step->new_pin, atm_waiting_done, waiting);
        break;
    default:
        tw_assert(false);
    }
}

/* What can be found out before a PIN is typed. */
static bool possible(struct atm_player *player, const struct atm_step *step,
                     enum atm_verdict *ret_verdict, json_t **ret_report) {
    struct tw_error error = {0};
    struct atm_mix mix;
    struct tw_status status = tw_success();
    if (step->verb == ATM_VERB_WITHDRAW)
        status = atm_mix_check(player->machine->terminal, step->amount, &mix, &error);
    else if (step->verb == ATM_VERB_DEPOSIT)
        status = atm_sim_insert(player->machine->sim, step->notes, step->note_count, &error);
    if (tw_ok(status))
        return true;
    *ret_verdict = refuse(step->verb, TW_RC_INVALID_AMOUNT, error.detail, ret_report);
    return false;
}

static enum atm_verdict play_customer(struct atm_player *player, const struct atm_step *step,
                                      json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!signed_on(player, step->verb, &verdict, ret_report) ||
        !possible(player, step, &verdict, ret_report) ||
        !have_session(player, step, &verdict, ret_report))
        return verdict;
    struct atm_waiting waiting = {0};
    start_customer_verb(player, step, &waiting);
    atm_machine_wait(player->machine, &waiting);
    return report(step->verb, &waiting, ret_report);
}

static enum atm_verdict play_open(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (signed_on(player, step->verb, &verdict, ret_report))
        (void)have_session(player, step, &verdict, ret_report);
    return verdict;
}

static enum atm_verdict play_close(struct atm_player *player, const struct atm_step *step,
                                   json_t **ret_report) {
    (void)step;
    return eject(player, ret_report);
}

static enum atm_verdict play_sign_on(struct atm_player *player, const struct atm_step *step,
                                     json_t **ret_report) {
    return run_plain(player, step->verb, atm_sign_on, ret_report);
}

static enum atm_verdict play_sign_off(struct atm_player *player, const struct atm_step *step,
                                      json_t **ret_report) {
    return run_plain(player, step->verb, atm_sign_off, ret_report);
}

static enum atm_verdict play_echo(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    return run_plain(player, step->verb, atm_echo, ret_report);
}

static enum atm_verdict play_totals(struct atm_player *player, const struct atm_step *step,
                                    json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    return run_plain(player, step->verb, atm_totals, ret_report);
}

static enum atm_verdict play_cut_over(struct atm_player *player, const struct atm_step *step,
                                      json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    verdict = run_plain(player, step->verb, atm_cut_over, ret_report);
    if (verdict == ATM_APPROVED) { /* the host may have a new business date */
        TW_JSON_OWNED json_t *ignored = NULL;
        (void)run_plain(player, ATM_VERB_SIGN_ON, atm_sign_on, &ignored);
    }
    return verdict;
}

static enum atm_verdict play_replenish(struct atm_player *player, const struct atm_step *step,
                                       json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    struct atm_load loads[ATM_CASSETTES_MAX];
    struct tw_error error = {0};
    for (size_t i = 0; i < step->load_count; i++)
        loads[i] = (struct atm_load){(int32_t)step->loads[i].cassette, step->loads[i].notes};
    struct atm_waiting waiting = {0};
    atm_replenish(player->machine->terminal, loads, step->load_count, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    bool loaded = waiting.outcome.stan != 0; /* journaled: the hands may put them in */
    for (size_t i = 0; loaded && i < step->load_count; i++) {
        struct tw_status status =
            atm_sim_load(player->machine->sim, loads[i].number, loads[i].notes, &error);
        if (!tw_ok(status))
            return answer_error(step->verb, status, &error, ret_report);
    }
    return report(step->verb, &waiting, ret_report);
}

static enum atm_verdict play_remove(struct atm_player *player, const struct atm_step *step,
                                    json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    struct tw_notes notes[TW_NOTES_MAX] = {0};
    size_t count = 0;
    struct tw_error error = {0};
    atm_sim_count(player->machine->sim, notes, &count);
    struct atm_waiting waiting = {0};
    atm_remove(player->machine->terminal, notes, count, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    if (waiting.outcome.stan != 0) {
        struct tw_status status = atm_sim_empty(player->machine->sim, &error);
        if (!tw_ok(status))
            return answer_error(step->verb, status, &error, ret_report);
    }
    return report(step->verb, &waiting, ret_report);
}

static enum atm_verdict play_balance_cash(struct atm_player *player, const struct atm_step *step,
                                          json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    struct tw_notes notes[TW_NOTES_MAX] = {0};
    size_t count = step->note_count;
    struct tw_error error = {0};
    struct tw_status tidied = atm_sim_tidy(player->machine->sim, &error);
    if (!tw_ok(tidied))
        return answer_error(step->verb, tidied, &error, ret_report);
    memcpy(notes, step->notes, sizeof notes);
    if ((step->has & ATM_HAS_NOTES) == 0)
        atm_sim_count(player->machine->sim, notes, &count);
    struct atm_waiting waiting = {0};
    atm_balance_cash(player->machine->terminal, notes, count, atm_waiting_done, &waiting);
    atm_machine_wait(player->machine, &waiting);
    return report(step->verb, &waiting, ret_report);
}

static enum atm_verdict play_recover(struct atm_player *player, const struct atm_step *step,
                                     json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    return run_plain(player, step->verb, atm_send_advices, ret_report);
}

static enum atm_verdict play_advices(struct atm_player *player, const struct atm_step *step,
                                     json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!signed_on(player, step->verb, &verdict, ret_report))
        return verdict;
    int64_t ms = (step->has & ATM_HAS_MS) != 0 ? step->ms : 30000;
    struct atm_waiting waiting = {
        .outcome = {.verdict = ATM_UNANSWERED, .rc = TW_RC_ISSUER_UNREACHABLE}};
    (void)snprintf(waiting.outcome.text, sizeof waiting.outcome.text,
                   "the host has not acknowledged everything");
    if (atm_machine_settle(player->machine, ms)) {
        waiting.outcome.verdict = ATM_APPROVED;
        waiting.outcome.rc = TW_RC_APPROVED;
        (void)snprintf(waiting.outcome.text, sizeof waiting.outcome.text,
                       "the host knows everything");
    }
    return report(step->verb, &waiting, ret_report);
}

static enum atm_verdict play_status(struct atm_player *player, const struct atm_step *step,
                                    json_t **ret_report) {
    struct tw_error error = {0};
    struct tw_status status = atm_report_status(player->machine, ret_report, &error);
    return tw_ok(status) ? ATM_APPROVED : answer_error(step->verb, status, &error, ret_report);
}

static enum atm_verdict play_journal(struct atm_player *player, const struct atm_step *step,
                                     json_t **ret_report) {
    struct tw_error error = {0};
    struct tw_status status =
        atm_report_journal(player->machine->journal, step->count, ret_report, &error);
    return tw_ok(status) ? ATM_APPROVED : answer_error(step->verb, status, &error, ret_report);
}

static enum atm_verdict play_fault(struct atm_player *player, const struct atm_step *step,
                                   json_t **ret_report) {
    struct tw_error error = {0};
    enum atm_fault fault = ATM_FAULT_COUNT;
    if (!atm_fault_parse(step->fault, &fault))
        return refuse(step->verb, TW_RC_INVALID_TRANSACTION, "no such fault", ret_report);
    struct tw_status status = atm_sim_arm(player->machine->sim, fault, step->value, &error);
    return answer_error(step->verb, status, &error, ret_report);
}

static enum atm_verdict play_clear_faults(struct atm_player *player, const struct atm_step *step,
                                          json_t **ret_report) {
    struct tw_error error = {0};
    struct tw_status status = atm_sim_clear_faults(player->machine->sim, &error);
    return answer_error(step->verb, status, &error, ret_report);
}

static enum atm_verdict play_take(struct atm_player *player, const struct atm_step *step,
                                  json_t **ret_report) {
    struct tw_error error = {0};
    struct tw_status status = atm_sim_take(player->machine->sim, &error);
    return answer_error(step->verb, status, &error, ret_report);
}

static enum atm_verdict play_world(struct atm_player *player, const struct atm_step *step,
                                   json_t **ret_report) {
    (void)step;
    *ret_report = atm_report_world(player->machine->sim);
    return ATM_APPROVED;
}

static const verb_fn verbs[ATM_VERB_COUNT] = {
    [ATM_VERB_SIGN_ON] = play_sign_on,
    [ATM_VERB_SIGN_OFF] = play_sign_off,
    [ATM_VERB_ECHO] = play_echo,
    [ATM_VERB_OPEN] = play_open,
    [ATM_VERB_CLOSE] = play_close,
    [ATM_VERB_BALANCE] = play_customer,
    [ATM_VERB_STATEMENT] = play_customer,
    [ATM_VERB_WITHDRAW] = play_customer,
    [ATM_VERB_DEPOSIT] = play_customer,
    [ATM_VERB_TRANSFER] = play_customer,
    [ATM_VERB_TRANSFER_STATUS] = play_customer,
    [ATM_VERB_PIN_CHANGE] = play_customer,
    [ATM_VERB_TOTALS] = play_totals,
    [ATM_VERB_REPLENISH] = play_replenish,
    [ATM_VERB_REMOVE] = play_remove,
    [ATM_VERB_BALANCE_CASH] = play_balance_cash,
    [ATM_VERB_CUT_OVER] = play_cut_over,
    [ATM_VERB_RECOVER] = play_recover,
    [ATM_VERB_ADVICES] = play_advices,
    [ATM_VERB_STATUS] = play_status,
    [ATM_VERB_JOURNAL] = play_journal,
    [ATM_VERB_FAULT] = play_fault,
    [ATM_VERB_CLEAR_FAULTS] = play_clear_faults,
    [ATM_VERB_TAKE] = play_take,
    [ATM_VERB_WORLD] = play_world,
};

enum atm_verdict atm_play(struct atm_player *player, const struct atm_step *step,
                          json_t **ret_report) {
    if (!player->machine->powered && !is_local(step->verb))
        power_up(player);
    enum atm_verdict verdict = verbs[step->verb](player, step, ret_report);
    if (player->recovered > 0 || step->verb == ATM_VERB_RECOVER)
        (void)json_object_set_new(*ret_report, "recovered", json_integer(player->recovered));
    player->recovered = 0;
    return verdict;
}

void atm_player_finish(struct atm_player *player) {
    struct atm_terminal *terminal = player->machine->terminal;
    enum atm_phase phase = atm_terminal_phase(terminal);
    if (phase == ATM_PHASE_SESSION || phase == ATM_PHASE_CARD) {
        TW_JSON_OWNED json_t *ignored = NULL;
        (void)eject(player, &ignored);
    }
    forget_card(player);
    if (player->machine->powered && atm_terminal_signed_on(terminal))
        (void)atm_machine_settle(player->machine, player->machine->config->limits.advice_ms);
}
