/*
 * From the welcome to the card's return: which card, the PIN, the menu, what came of it. Who has
 * used a cash machine finds the usual order of things: card, PIN, amount, cash, card.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atm-client/tui/internal.h"
#include "core/money.h"
#include "core/pan.h"
#include "pin/pin_block.h"

#define ECHO_MS     30000 /* an idle terminal asks whether its host is there */
#define SIGN_ON_MS  5000  /* one out of service tries again */
#define ECHO_MISSES 3

#define PIN_TRIES    3 /* at one insertion; the issuer counts its own */
#define CARDS_SHOWN  30
#define MAIN_CHOICES 10

const char *tui_money(int64_t amount_minor, struct tw_currency currency, char text[TUI_TEXT_SIZE]) {
    char amount[TW_MONEY_TEXT_SIZE];
    (void)snprintf(text, TUI_TEXT_SIZE, "%s %s", tw_money_text(amount_minor, currency, amount),
                   currency.code);
    return text;
}

const char *tui_string(const json_t *report, const char *member) {
    const char *text = json_string_value(json_object_get(report, member));
    return text != NULL ? text : "";
}

int64_t tui_number(const json_t *report, const char *member) {
    return json_integer_value(json_object_get(report, member));
}

/* --- results ---------------------------------------------------------------------------------- */

static enum atm_message heading_of(enum atm_verdict verdict) {
    switch (verdict) {
    case ATM_APPROVED:
        return ATM_MESSAGE_RESULT_DONE;
    case ATM_PENDING:
        return ATM_MESSAGE_RESULT_PENDING;
    case ATM_DECLINED:
    case ATM_REFUSED:
    case ATM_UNANSWERED:
    case ATM_FAULT:
    case ATM_SUSPECT:
        break;
    }
    return ATM_MESSAGE_RESULT_NOT;
}

static void show_receipt(struct tui *tui, const json_t *report) {
    const char *receipt = tui_string(report, "receipt");
    if (receipt[0] != '\0' && json_is_true(json_object_get(report, "receipt_printed"))) {
        tui_page(tui, tui_say(tui, ATM_MESSAGE_TAKE_RECEIPT), receipt, TUI_RESULT_MS);
    }
}

void tui_show_result(struct tui *tui, enum atm_verdict verdict, const json_t *report) {
    char text[TUI_TEXT_SIZE * 3];
    char balance[TUI_TEXT_SIZE] = "";
    char available[TUI_TEXT_SIZE] = "";
    bool printed = !json_is_false(json_object_get(report, "receipt_printed"));
    if (verdict == ATM_APPROVED && json_object_get(report, "available_balance") != NULL) {
        (void)tui_money(tui_number(report, "available_balance"),
                        atm_terminal_currency(tui->machine->terminal), balance);
        (void)tui_say_with(tui, ATM_MESSAGE_AVAILABLE, balance, available);
    }
    /* That it is done the heading says; what became of a transfer it does not. */
    (void)snprintf(text, sizeof text, "%s\n \n%s\n \n%s",
                   tui_string(report, verdict == ATM_APPROVED ? "status" : "words"), available,
                   printed ? "" : tui_say(tui, ATM_MESSAGE_NO_RECEIPT));
    tui_notice(tui, tui_say(tui, heading_of(verdict)), text, TUI_RESULT_MS);
    show_receipt(tui, report);
}

bool tui_choose_account(struct tui *tui, const char *heading, struct tw_iban *ret_account) {
    const struct tw_session_account *accounts = NULL;
    size_t count = atm_session_accounts(tui->machine->terminal, &accounts);
    char texts[TW_ACCOUNTS_MAX][TUI_COLUMNS];
    const char *labels[TW_ACCOUNTS_MAX];
    for (size_t i = 0; i < count; i++) {
        char iban[TW_IBAN_TEXT_SIZE];
        (void)snprintf(texts[i], sizeof texts[i], "%s %s", accounts[i].product,
                       tw_iban_text(accounts[i].account, iban));
        labels[i] = texts[i];
    }
    int chosen =
        count > 1 ? tui_choose(tui, heading, tui_say(tui, ATM_MESSAGE_WHICH_ACCOUNT), labels, count)
                  : 0;
    if (count == 0 || chosen < 0) {
        return false;
    }
    *ret_account = accounts[chosen].account;
    return true;
}

/* --- session ---------------------------------------------------------------------------------- */

static void choose_language(struct tui *tui) {
    const char *labels[ATM_LANGUAGE_COUNT];
    for (int i = 0; i < ATM_LANGUAGE_COUNT; i++) {
        labels[i] = atm_language_name((enum atm_language)i);
    }
    int chosen =
        tui_choose(tui, tui_say(tui, ATM_MESSAGE_LANGUAGE), NULL, labels, ATM_LANGUAGE_COUNT);
    if (chosen >= 0) {
        tui->language = (enum atm_language)chosen;
    }
}

static int64_t fast_cash(const struct tui *tui) {
    int64_t amount_minor = 0;
    (void)tw_money_parse("60", atm_terminal_currency(tui->machine->terminal), &amount_minor, NULL);
    return amount_minor;
}

/* False when the customer wants the card back. */
static bool do_choice(struct tui *tui, int chosen) {
    switch (chosen) {
    case 0:
        tui_cash(tui, fast_cash(tui));
        return true;
    case 1:
        tui_cash(tui, 0);
        return true;
    case 2:
        tui_deposit(tui);
        return true;
    case 3:
        tui_transfer(tui);
        return true;
    case 4:
        tui_balance(tui);
        return true;
    case 5:
        tui_statement(tui);
        return true;
    case 7:
        tui_pin_change(tui);
        return true;
    case 8:
        tui_pending(tui);
        return true;
    case 9:
        choose_language(tui);
        return true;
    default:
        return false;
    }
}

static void serve(struct tui *tui) {
    struct atm_terminal *terminal = tui->machine->terminal;
    while (atm_terminal_phase(terminal) == ATM_PHASE_SESSION) {
        char amount[TUI_TEXT_SIZE];
        char fast[TUI_TEXT_SIZE];
        (void)tui_say_with(tui, ATM_MESSAGE_MENU_FAST_CASH,
                           tui_money(fast_cash(tui), atm_terminal_currency(terminal), amount),
                           fast);
        const char *labels[MAIN_CHOICES] = {tui_can_pay(tui, fast_cash(tui)) ? fast : NULL,
                                            tui_say(tui, ATM_MESSAGE_MENU_CASH),
                                            tui_say(tui, ATM_MESSAGE_MENU_DEPOSIT),
                                            tui_say(tui, ATM_MESSAGE_MENU_TRANSFER),
                                            tui_say(tui, ATM_MESSAGE_MENU_BALANCE),
                                            tui_say(tui, ATM_MESSAGE_MENU_STATEMENT),
                                            tui_say(tui, ATM_MESSAGE_MENU_CARD_BACK),
                                            tui_say(tui, ATM_MESSAGE_MENU_PIN_CHANGE),
                                            tui_say(tui, ATM_MESSAGE_MENU_PENDING),
                                            tui_say(tui, ATM_MESSAGE_LANGUAGE)};
        int chosen = tui_choose(tui, tui_say(tui, ATM_MESSAGE_WHAT_TO_DO),
                                labels[0] == NULL ? tui_say(tui, ATM_MESSAGE_LITTLE_CASH) : NULL,
                                labels, MAIN_CHOICES);
        const char *more[] = {tui_say(tui, ATM_MESSAGE_YES), tui_say(tui, ATM_MESSAGE_NO)};
        if (chosen == TUI_TIMED_OUT &&
            tui_choose(tui, tui_say(tui, ATM_MESSAGE_MORE_TIME), NULL, more, 2) == 0) {
            continue;
        }
        if (!do_choice(tui, chosen)) {
            return;
        }
    }
}

static void give_card_back(struct tui *tui) {
    TW_JSON_OWNED json_t *report = NULL;
    struct atm_step step = {.verb = ATM_VERB_CLOSE};
    (void)tui_play(tui, &step, &report);
    if (json_is_true(json_object_get(report, "card_retained")) && !tui->leaving) {
        tui_notice(tui, tui_say(tui, ATM_MESSAGE_RESULT_NOT), tui_string(report, "words"),
                   TUI_RESULT_MS);
    }
}

/* Another bank's card: what this machine charges is told before anybody chooses. */
static void tell_surcharge(struct tui *tui, const json_t *report) {
    int64_t surcharge_minor = tui_number(report, "surcharge");
    char text[TUI_TEXT_SIZE];
    char amount[TUI_TEXT_SIZE];
    if (surcharge_minor > 0) {
        (void)tui_say_with(
            tui, ATM_MESSAGE_SURCHARGE,
            tui_money(surcharge_minor, atm_terminal_currency(tui->machine->terminal), amount),
            text);
        tui_notice(tui, tui_say(tui, ATM_MESSAGE_SURCHARGE_TITLE), text, TUI_RESULT_MS);
    }
}

/* One PIN typed for a card; true to try again. */
static bool try_pin(struct tui *tui, const char *card, int32_t expiry, bool *ret_open) {
    const struct atm_named_card *named = atm_cards_find(tui->player->cards, card);
    const char *below =
        named != NULL && named->note[0] != '\0' ? named->note : tui_say(tui, ATM_MESSAGE_COVER_PIN);
    TW_JSON_OWNED json_t *report = NULL;
    struct atm_step step = {.verb = ATM_VERB_OPEN, .has = ATM_HAS_CARD, .expiry = expiry};
    (void)snprintf(step.card, sizeof step.card, "%s", card);
    if (!tui_ask_secret(tui, tui_say(tui, ATM_MESSAGE_ENTER_PIN), below, step.pin,
                        sizeof step.pin)) {
        tw_wipe(&step, sizeof step);
        return false;
    }
    *ret_open = tui_play(tui, &step, &report) == ATM_APPROVED;
    if (*ret_open) {
        tell_surcharge(tui, report);
        if (json_is_false(json_object_get(report, "receipts"))) {
            tui_notice(tui, tui_say(tui, ATM_MESSAGE_NO_PAPER),
                       tui_say(tui, ATM_MESSAGE_NO_RECEIPTS_NOW), TUI_RESULT_MS);
        }
        return false;
    }
    bool wrong_pin = strcmp(tui_string(report, "rc"), tw_rc_digits(TW_RC_WRONG_PIN)) == 0;
    tui_notice(tui, tui_say(tui, wrong_pin ? ATM_MESSAGE_ENTER_PIN : ATM_MESSAGE_RESULT_NOT),
               tui_string(report, "words"), TUI_RESULT_MS);
    return wrong_pin;
}

static void insert_card(struct tui *tui, const char *card, int32_t expiry) {
    bool open = false;
    bool again = true;
    for (int tries = 0; again && tries < PIN_TRIES && !tui->leaving; tries++) {
        again = try_pin(tui, card, expiry, &open);
    }
    if (open) {
        serve(tui);
    }
    enum atm_phase phase = atm_terminal_phase(tui->machine->terminal);
    if (phase == ATM_PHASE_SESSION || phase == ATM_PHASE_CARD) {
        give_card_back(tui);
    }
    tui->language = tui->machine->config->spoken;
}

/* --- welcome ---------------------------------------------------------------------------------- */

static void insert_typed_card(struct tui *tui) {
    char pan[TW_PAN_TEXT_SIZE];
    char expiry[5];
    if (tui_ask_secret(tui, tui_say(tui, ATM_MESSAGE_CARD_NUMBER), NULL, pan, sizeof pan) &&
        tui_ask_text(tui, tui_say(tui, ATM_MESSAGE_CARD_EXPIRY), NULL, "0123456789", expiry,
                     sizeof expiry)) {
        if (tw_pan_valid(pan)) {
            insert_card(tui, pan, (int32_t)strtol(expiry, NULL, 10));
        } else {
            tui_notice(tui, tui_say(tui, ATM_MESSAGE_RESULT_NOT),
                       tui_say(tui, ATM_MESSAGE_CARD_UNREADABLE), TUI_RESULT_MS);
        }
    }
    tw_wipe(pan, sizeof pan);
}

static void choose_card(struct tui *tui) {
    const struct atm_cards *cards = tui->player->cards;
    char texts[CARDS_SHOWN][TUI_COLUMNS];
    const char *labels[CARDS_SHOWN + 1];
    size_t count = cards->count < CARDS_SHOWN ? cards->count : CARDS_SHOWN;
    for (size_t i = 0; i < count; i++) {
        const struct atm_named_card *one = &cards->cards[i];
        (void)snprintf(texts[i], sizeof texts[i], "%.34s",
                       one->note[0] != '\0' ? one->note : one->name);
        labels[i] = texts[i];
    }
    labels[count] = tui_say(tui, ATM_MESSAGE_TYPE_CARD);
    int chosen = tui_choose(tui, tui_say(tui, ATM_MESSAGE_INSERT_CARD),
                            tui_say(tui, ATM_MESSAGE_WHICH_CARD), labels, count + 1);
    if (chosen == (int)count) {
        insert_typed_card(tui);
    } else if (chosen >= 0) {
        insert_card(tui, cards->cards[chosen].name, 0);
    }
}

static bool in_service(const struct tui *tui) {
    return atm_terminal_phase(tui->machine->terminal) == ATM_PHASE_IDLE;
}

static void draw_welcome(const struct tui *tui) {
    const char *reason = atm_terminal_reason(tui->machine->terminal);
    tui_title(tui);
    if (in_service(tui)) {
        tui_heading(tui_say(tui, ATM_MESSAGE_WELCOME), NULL);
        tui_centre(7, TUI_BOLD, " ______________________ ");
        tui_centre(8, TUI_BOLD, "|                      |");
        tui_centre(9, TUI_BOLD, "|  ####                |");
        tui_centre(10, TUI_BOLD, "|                      |");
        tui_centre(11, TUI_BOLD, "|                      |");
        tui_centre(12, TUI_PLAIN, "[==========================]");
        tui_centre(15, TUI_CHOSEN, tui_say(tui, ATM_MESSAGE_PRESS_OK_FOR_CARD));
    } else {
        tui_heading(tui_say(tui, ATM_MESSAGE_OUT_OF_SERVICE), NULL);
        tui_centre(10, TUI_PLAIN, tui_say(tui, ATM_MESSAGE_SORRY));
        tui_centre(13, TUI_DIM, reason[0] != '\0' ? reason : tui_say(tui, ATM_MESSAGE_NO_HOST));
    }
    tui_hints(tui_say(tui, ATM_MESSAGE_HINT_WELCOME));
    tui_finish_drawing(tui);
}

/* Nobody is here: is the host? One that has taken itself out of service waits for the staff. */
static void look_after_itself(struct tui *tui, int *misses) {
    struct atm_terminal *terminal = tui->machine->terminal;
    struct atm_waiting waiting = {0};
    bool echo = in_service(tui) && *misses < ECHO_MISSES;
    if (!in_service(tui) && atm_terminal_reason(terminal)[0] != '\0') {
        return;
    }
    if (in_service(tui) && !echo) { /* silent for long: a customer would wait in vain */
        atm_sign_off(terminal, atm_waiting_done, &waiting);
    } else if (echo) {
        atm_echo(terminal, atm_waiting_done, &waiting);
    } else {
        atm_sign_on(terminal, atm_waiting_done, &waiting);
    }
    tui_wait(tui, &waiting);
    *misses = waiting.outcome.verdict == ATM_APPROVED || !echo ? 0 : *misses + 1;
}

static bool begins(int key) {
    return key == TUI_KEY_OK || key == ' ' || (key >= '0' && key <= '9') ||
           (key >= TUI_KEY_SIDE && key < TUI_KEY_SIDE + TUI_SIDE_KEYS);
}

void tui_welcome(struct tui *tui) {
    int misses = 0;
    tui_begin(tui, in_service(tui) ? ECHO_MS : SIGN_ON_MS);
    while (!tui->leaving) {
        draw_welcome(tui);
        int key = tui_key(tui, tui_left_ms(tui)); /* keys do not put off what it does by itself */
        if (key == TUI_KEY_STAFF) {
            tui_staff(tui);
        } else if (key == TUI_KEY_TIMEOUT) {
            look_after_itself(tui, &misses);
        } else if (begins(key) && in_service(tui)) {
            choose_card(tui);
        } else {
            continue;
        }
        tui_begin(tui, in_service(tui) ? ECHO_MS : SIGN_ON_MS);
    }
}
