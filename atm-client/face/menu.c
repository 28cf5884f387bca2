/*
 * A screen of lines: a title, numbered choices, an answer. Everything a choice does is a step, so
 * the menu knows no banking. Fast cash first, as at real machines. Input that ends leaves politely.
 *
 * While it waits for a key the terminal lives on: what the host is to be told goes out, connections
 * come back. Only the hand that takes the cash is waited for without it, because the dispenser asks
 * from within the loop. Standard input is read unbuffered, so that nothing waits where the loop
 * does not see it.
 */
#include "atm-client/face/menu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atm-client/face/report.h"
#include "atm-client/face/secret_entry.h"
#include "core/money.h"
#include "core/pan.h"
#include "pin/pin_block.h"

#define ANSWER_SIZE 160

/* machine may be NULL: then the loop does not run meanwhile. */
static bool ask_at(struct atm_machine *machine, const char *prompt, char answer[ANSWER_SIZE]) {
    (void)printf("%s", prompt);
    (void)fflush(stdout);
    if (machine != NULL)
        atm_machine_await(machine, STDIN_FILENO);
    if (fgets(answer, ANSWER_SIZE, stdin) == NULL) {
        (void)putchar('\n');
        return false;
    }
    answer[strcspn(answer, "\r\n")] = '\0';
    return true;
}

static bool ask(const struct atm_player *player, const char *prompt, char answer[ANSWER_SIZE]) {
    return ask_at(player->machine, prompt, answer);
}

static void title(const char *text) {
    (void)printf("\n== %s ", text);
    for (size_t i = strlen(text) + 4; i < 60; i++)
        (void)putchar('=');
    (void)putchar('\n');
}

void atm_menu_presented(void *context, struct atm_sim *sim, int64_t timeout_ms) {
    (void)context;
    (void)timeout_ms; /* the question waits as long as it takes */
    char answer[ANSWER_SIZE];
    bool takes =
        ask_at(NULL, "\n   >>> Please take your cash. [Enter takes it, 'n' leaves it] ", answer) &&
        answer[0] != 'n';
    atm_sim_customer(sim, takes);
}

static enum atm_verdict play(struct atm_player *player, struct atm_step *step) {
    TW_JSON_OWNED json_t *report = NULL;
    struct tw_error error = {0};
    if (!tw_ok(atm_step_check(step, &error))) {
        (void)printf("%s\n", error.detail);
        return ATM_REFUSED;
    }
    enum atm_verdict verdict = atm_play(player, step, &report);
    (void)putchar('\n');
    atm_print_report(stdout, report);
    tw_wipe(step, sizeof *step);
    return verdict;
}

static struct tw_currency currency_of(const struct atm_player *player) {
    return player->machine->config->cassettes[0].currency;
}

static bool ask_amount(const struct atm_player *player, const char *prompt, int64_t *ret_minor) {
    char answer[ANSWER_SIZE];
    struct tw_error error = {0};
    if (!ask(player, prompt, answer) || answer[0] == '\0')
        return false;
    if (tw_ok(tw_money_parse(answer, currency_of(player), ret_minor, &error)) && *ret_minor > 0)
        return true;
    (void)puts("That is not an amount.");
    return false;
}

/* The field's notice: what it costs, before anything is asked of the bank. */
static bool accept_surcharge(struct atm_player *player, int64_t surcharge_minor,
                             struct tw_currency currency) {
    char text[TW_MONEY_TEXT_SIZE];
    char answer[ANSWER_SIZE];
    (void)printf(
        "\nYour card is of another bank. This machine charges %s %s for this, on top of the\n"
        "amount; your bank takes it from your account. ",
        tw_money_text(surcharge_minor, currency, text), currency.code);
    return ask(player, "Go on? [y/n] ", answer) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void withdraw(struct atm_player *player, int64_t amount_minor) {
    struct atm_step step = {
        .verb = ATM_VERB_WITHDRAW, .has = ATM_HAS_AMOUNT, .amount = amount_minor};
    (void)play(player, &step);
}

static void withdraw_other(struct atm_player *player) {
    int64_t amount_minor = 0;
    if (ask_amount(player, "Amount: ", &amount_minor))
        withdraw(player, amount_minor);
}

static void inquire(struct atm_player *player, enum atm_verb verb) {
    struct atm_step step = {.verb = verb};
    (void)play(player, &step);
}

static void deposit(struct atm_player *player) {
    static const int64_t banknotes[] = {20000, 10000, 5000, 2000, 1000, 500};
    struct atm_step step = {.verb = ATM_VERB_DEPOSIT};
    (void)puts("Put your notes into the slot: how many of each? (Enter: none)");
    for (size_t i = 0; i < sizeof banknotes / sizeof banknotes[0]; i++) {
        char answer[ANSWER_SIZE];
        char prompt[64];
        char text[TW_MONEY_TEXT_SIZE];
        (void)snprintf(prompt, sizeof prompt,
                       "  notes of %8s: ", tw_money_text(banknotes[i], currency_of(player), text));
        if (!ask(player, prompt, answer))
            return;
        long count = strtol(answer, NULL, 10);
        if (count > 0 && count <= 200)
            step.notes[step.note_count++] =
                (struct tw_notes){.denomination = banknotes[i], .count = count};
    }
    if (step.note_count == 0)
        return;
    step.has = ATM_HAS_NOTES;
    (void)play(player, &step);
}

static void transfer(struct atm_player *player) {
    struct atm_step step = {.verb = ATM_VERB_TRANSFER,
                            .has = ATM_HAS_TO | ATM_HAS_AMOUNT | ATM_HAS_REMITTANCE};
    char answer[ANSWER_SIZE];
    struct tw_error error = {0};
    if (!ask(player, "Payee's IBAN: ", answer) || answer[0] == '\0')
        return;
    char *to = answer;
    for (char *from = answer; *from != '\0'; from++) /* people type it in groups of four */
        if (*from != ' ')
            *to++ = *from;
    *to = '\0';
    if (!tw_ok(tw_iban_parse(answer, &step.to, &error))) {
        (void)printf("That is not an IBAN: %s\n", error.detail);
        return;
    }
    if (!ask_amount(player, "Amount: ", &step.amount) || !ask(player, "What for: ", answer))
        return;
    (void)snprintf(step.remittance, sizeof step.remittance, "%.140s", answer);
    (void)play(player, &step);
}

static void await_key(void *context, int fd) {
    atm_machine_await(context, fd);
}

static struct atm_secret_source keyboard(const struct atm_player *player) {
    return (struct atm_secret_source){
        .masked = true, .await = await_key, .context = player->machine};
}

static void change_pin(struct atm_player *player) {
    const struct atm_secret_source keys = keyboard(player);
    struct atm_step step = {.verb = ATM_VERB_PIN_CHANGE, .has = ATM_HAS_NEW_PIN};
    char again[sizeof step.new_pin];
    if (!atm_secret_ask(&keys, "New PIN", step.new_pin, sizeof step.new_pin) ||
        !atm_secret_ask(&keys, "New PIN again", again, sizeof again))
        return;
    bool same = strcmp(step.new_pin, again) == 0;
    tw_wipe(again, sizeof again);
    if (same)
        (void)play(player, &step);
    else
        (void)puts("These were not the same.");
    tw_wipe(&step, sizeof step);
}

static const char *last_four(const char *number) {
    size_t length = strlen(number);
    return length > 4 ? number + length - 4 : "";
}

static void show_session_menu(const struct atm_player *player) {
    char text[sizeof player->card];
    (void)snprintf(text, sizeof text, "%s", player->card);
    if (tw_pan_suspected(text)) /* a number that was typed */
        (void)snprintf(text, sizeof text, "card ending in %s", last_four(player->card));
    title(text);
    (void)puts("  1  20.00     2  50.00     3  100.00     4  other amount\n"
               "  5  balance           6  statement         7  deposit\n"
               "  8  transfer          9  change PIN        0  card back");
}

/* False when the customer is done. */
static bool choose(struct atm_player *player, char choice) {
    switch (choice) {
    case '1':
        withdraw(player, 2000);
        return true;
    case '2':
        withdraw(player, 5000);
        return true;
    case '3':
        withdraw(player, 10000);
        return true;
    case '4':
        withdraw_other(player);
        return true;
    case '5':
        inquire(player, ATM_VERB_BALANCE);
        return true;
    case '6':
        inquire(player, ATM_VERB_STATEMENT);
        return true;
    case '7':
        deposit(player);
        return true;
    case '8':
        transfer(player);
        return true;
    case '9':
        change_pin(player);
        return true;
    case '0':
        return false;
    default:
        (void)puts("Please choose a number.");
        return true;
    }
}

static void serve(struct atm_player *player, const char *card, int32_t expiry) {
    struct atm_step step = {.verb = ATM_VERB_OPEN, .has = ATM_HAS_CARD, .expiry = expiry};
    (void)snprintf(step.card, sizeof step.card, "%s", card);
    if (play(player, &step) != ATM_APPROVED)
        return;
    char answer[ANSWER_SIZE];
    bool more = true;
    while (more) {
        show_session_menu(player);
        more = ask(player, "> ", answer) && choose(player, answer[0]);
    }
    struct atm_step close = {.verb = ATM_VERB_CLOSE};
    (void)play(player, &close);
}

static bool ask_card_number(struct atm_player *player) {
    const struct atm_secret_source keys = keyboard(player);
    char pan[TW_PAN_TEXT_SIZE];
    char expiry[ANSWER_SIZE];
    if (!atm_secret_ask(&keys, "Card number", pan, sizeof pan))
        return !feof(stdin);
    (void)printf("Card ending in %s\n", last_four(pan));
    bool more = ask(player, "Expiry (YYMM): ", expiry);
    if (more)
        serve(player, pan, (int32_t)strtol(expiry, NULL, 10));
    tw_wipe(pan, sizeof pan);
    return more;
}

/* False when the user leaves. */
static bool insert_card(struct atm_player *player) {
    char answer[ANSWER_SIZE];
    title(player->machine->config->location);
    for (size_t i = 0; i < player->cards->count; i++)
        (void)printf("  %zu  insert the card of %s\n", i + 1, player->cards->cards[i].name);
    (void)puts("  c  type a card number\n  s  status of the terminal\n  q  leave");
    if (!ask(player, "> ", answer) || answer[0] == 'q')
        return false;
    if (answer[0] == 'c')
        return ask_card_number(player);
    if (answer[0] == 's') {
        inquire(player, ATM_VERB_STATUS);
        return true;
    }
    long choice = strtol(answer, NULL, 10);
    if (choice >= 1 && (size_t)choice <= player->cards->count)
        serve(player, player->cards->cards[choice - 1].name, 0);
    else
        (void)puts("Please choose one of these.");
    return true;
}

enum atm_exit atm_menu_run(struct atm_player *player) {
    struct atm_step sign_on = {.verb = ATM_VERB_SIGN_ON};
    (void)setvbuf(stdin, NULL, _IONBF, 0);
    player->accept_surcharge = accept_surcharge;
    enum atm_verdict verdict = play(player, &sign_on);
    while (insert_card(player)) {
    }
    atm_player_finish(player);
    (void)puts("Good-bye.");
    return atm_exit_of(verdict);
}
