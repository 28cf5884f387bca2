/*
 * What customers do: sign on if the terminal is not, check what can be checked before anyone types
 * a PIN, open a session if none fits, act.
 */
#include <stdio.h>
#include <string.h>

#include "atm-client/face/play_internal.h"
#include "pin/pin_block.h"

static bool find_card(const struct atm_player *player, const struct atm_step *step,
                      const char *name, struct atm_card *ret_card) {
    const struct atm_named_card *named = atm_cards_find(player->cards, name);
    if (named != NULL) {
        *ret_card = named->card;
        return true;
    }
    if (!tw_pan_valid(name) || step->expiry == 0)
        return false;
    *ret_card = (struct atm_card){.expiry = step->expiry};
    (void)snprintf(ret_card->pan, sizeof ret_card->pan, "%.19s", name);
    return true;
}

static bool insert(struct atm_player *player, const struct atm_step *step,
                   enum atm_verdict *ret_verdict, json_t **ret_report) {
    struct atm_card card = {0};
    struct tw_error error = {0};
    bool inserted = false;
    char name[sizeof player->card];
    (void)snprintf(name, sizeof name, "%s", step->card);
    if (strcmp(name, "-") == 0 && player->ask_card != NULL &&
        !player->ask_card(player->context, "Card number", name, sizeof name))
        name[0] = '\0';
    if (!find_card(player, step, name, &card))
        *ret_verdict = atm_play_refuse(player, step->verb, TW_RC_NO_SUCH_CARD,
                                       ATM_SAY(NO_SUCH_CARD), ret_report);
    else if (!atm_insert_card(player->machine->terminal, &card, &error))
        *ret_verdict = atm_play_refuse(player, step->verb, TW_RC_INVALID_TRANSACTION, error.detail,
                                       ret_report);
    else
        inserted = true;
    tw_wipe(&card, sizeof card);
    enum atm_language language = ATM_ENGLISH;
    if (inserted && atm_language_parse(step->language, &language))
        atm_choose_language(player->machine->terminal, language);
    if (inserted)
        (void)snprintf(player->card, sizeof player->card, "%s", name);
    tw_wipe(name, sizeof name);
    return inserted;
}

/* What withdrawals and transfers of the card's first account will cost. */
static void tell_surcharge(const struct atm_player *player, json_t *report) {
    const struct tw_session_account *accounts = NULL;
    if (atm_session_accounts(player->machine->terminal, &accounts) == 0)
        return;
    int64_t surcharge_minor =
        atm_terminal_surcharge(player->machine->terminal, &accounts[0].account);
    if (surcharge_minor == 0)
        return;
    (void)json_object_set_new(report, "surcharge", json_integer(surcharge_minor));
    (void)json_object_set_new(report, "currency",
                              json_string(atm_terminal_currency(player->machine->terminal).code));
}

static bool enter_pin(struct atm_player *player, const struct atm_step *step,
                      enum atm_verdict *ret_verdict, json_t **ret_report) {
    char pin[sizeof player->pin];
    (void)snprintf(pin, sizeof pin, "%s", step->pin);
    if (pin[0] == '\0' &&
        (player->ask_pin == NULL || !player->ask_pin(player->context, "PIN", pin, sizeof pin))) {
        *ret_verdict =
            atm_play_refuse(player, step->verb, TW_RC_WRONG_PIN, ATM_SAY(NO_PIN), ret_report);
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
        *ret_verdict = atm_play_report(player, step->verb, &waiting, ret_report);
    if (step->verb == ATM_VERB_OPEN && opened) {
        tell_surcharge(player, *ret_report);
        if (!atm_terminal_prints(player->machine->terminal))
            (void)json_object_set_new(*ret_report, "receipts", json_false());
    }
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
        *ret_verdict = atm_play_refuse(player, step->verb, TW_RC_INVALID_TRANSACTION,
                                       ATM_SAY(NO_CARD_INSIDE), ret_report);
        return false;
    }
    if (open) {
        TW_JSON_OWNED json_t *ignored = NULL;
        (void)atm_play_eject(player, &ignored);
    }
    bool inside =
        atm_terminal_phase(terminal) == ATM_PHASE_CARD && strcmp(step->card, player->card) == 0;
    if (!inside && !insert(player, step, ret_verdict, ret_report))
        return false;
    if (enter_pin(player, step, ret_verdict, ret_report))
        return true;
    bool stays = atm_terminal_phase(terminal) == ATM_PHASE_CARD;
    if (stays && player->keeps_card)
        return false;
    if (stays) {
        TW_JSON_OWNED json_t *ignored = NULL;
        (void)atm_play_eject(player, &ignored);
    }
    atm_play_forget_card(player);
    return false;
}

static struct tw_iban account_of(const struct atm_player *player, const struct atm_step *step) {
    const struct tw_session_account *accounts = NULL;
    size_t count = atm_session_accounts(player->machine->terminal, &accounts);
    if (step->account.account != 0 || count == 0)
        return step->account;
    return accounts[0].account;
}

/* The step's wish, or what the terminal does by itself. */
static void choose_notes(struct atm_player *player, const struct atm_step *step) {
    enum atm_mix_strategy strategy = player->machine->config->strategy;
    if ((step->has & ATM_HAS_MIX) != 0)
        (void)atm_mix_strategy_find(step->mix, &strategy);
    atm_choose_notes(player->machine->terminal, strategy);
}

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
        choose_notes(player, step);
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
    choose_notes(player, step);
    if (step->verb == ATM_VERB_WITHDRAW)
        status = atm_mix_check(player->machine->terminal, step->amount, &mix, &error);
    else if (step->verb == ATM_VERB_DEPOSIT)
        status = atm_sim_insert(player->machine->sim, step->notes, step->note_count, &error);
    if (tw_ok(status))
        return true;
    *ret_verdict =
        atm_play_refuse(player, step->verb, TW_RC_INVALID_AMOUNT, error.detail, ret_report);
    return false;
}

/* The fee is told before the request, and may be refused: by the customer, or by the step. */
static bool accepts_surcharge(struct atm_player *player, const struct atm_step *step,
                              enum atm_verdict *ret_verdict, json_t **ret_report) {
    const struct atm_terminal *terminal = player->machine->terminal;
    struct tw_iban account = account_of(player, step);
    int64_t surcharge_minor = atm_terminal_surcharge(terminal, &account);
    bool charged = step->verb == ATM_VERB_WITHDRAW || step->verb == ATM_VERB_TRANSFER;
    if (!charged || surcharge_minor == 0)
        return true;
    bool limited = (step->has & ATM_HAS_MAX_SURCHARGE) != 0;
    if (limited ? surcharge_minor <= step->max_surcharge
                : player->accept_surcharge == NULL ||
                      player->accept_surcharge(player, surcharge_minor,
                                               atm_terminal_currency(terminal)))
        return true;
    *ret_verdict = atm_play_refuse(player, step->verb, TW_RC_INVALID_TRANSACTION,
                                   ATM_SAY(SURCHARGE_REFUSED), ret_report);
    (void)json_object_set_new(*ret_report, "surcharge", json_integer(surcharge_minor));
    return false;
}

/* "-" stands for a new PIN that is asked for now; false: none was given. Wipe ret_step. */
static bool with_new_pin(const struct atm_player *player, const struct atm_step *step,
                         struct atm_step *ret_step) {
    *ret_step = *step;
    return step->verb != ATM_VERB_PIN_CHANGE || strcmp(step->new_pin, "-") != 0 ||
           (player->ask_pin != NULL &&
            player->ask_pin(player->context, "New PIN", ret_step->new_pin, sizeof step->new_pin));
}

static enum atm_verdict act(struct atm_player *player, const struct atm_step *step,
                            json_t **ret_report) {
    struct atm_waiting waiting = {0};
    struct atm_step whole;
    if (!with_new_pin(player, step, &whole))
        return atm_play_refuse(player, step->verb, TW_RC_WRONG_PIN, ATM_SAY(NO_PIN), ret_report);
    start_customer_verb(player, &whole, &waiting);
    atm_machine_wait(player->machine, &waiting);
    if (step->verb == ATM_VERB_PIN_CHANGE && waiting.outcome.verdict == ATM_APPROVED)
        (void)snprintf(player->pin, sizeof player->pin, "%s", whole.new_pin);
    tw_wipe(&whole, sizeof whole);
    return atm_play_report(player, step->verb, &waiting, ret_report);
}

enum atm_verdict atm_play_customer(struct atm_player *player, const struct atm_step *step,
                                   json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    if (!atm_play_signed_on(player, step->verb, &verdict, ret_report) ||
        !possible(player, step, &verdict, ret_report) ||
        !have_session(player, step, &verdict, ret_report) ||
        !accepts_surcharge(player, step, &verdict, ret_report))
        return verdict;
    return act(player, step, ret_report);
}

enum atm_verdict atm_play_open(struct atm_player *player, const struct atm_step *step,
                               json_t **ret_report) {
    enum atm_verdict verdict = ATM_REFUSED;
    enum atm_language language = ATM_ENGLISH;
    if ((step->has & ATM_HAS_LANGUAGE) != 0 && !atm_language_parse(step->language, &language))
        return atm_play_refuse(player, step->verb, TW_RC_INVALID_TRANSACTION,
                               "language: neither en nor de", ret_report);
    if (atm_play_signed_on(player, step->verb, &verdict, ret_report))
        (void)have_session(player, step, &verdict, ret_report);
    return verdict;
}

enum atm_verdict atm_play_close(struct atm_player *player, const struct atm_step *step,
                                json_t **ret_report) {
    (void)step;
    return atm_play_eject(player, ret_report);
}
