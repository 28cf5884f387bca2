/* Cash out and cash in. Amounts that the notes inside cannot make are not offered. */
#include <stdio.h>
#include <string.h>

#include "atm-client/tui/internal.h"
#include "core/money.h"

#define AMOUNT_COUNT 6
#define SLOT_MAX     200 /* notes of a kind that the slot takes */

static const int64_t banknotes[] = {500, 1000, 2000, 5000, 10000, 20000};
#define KINDS ((int)(sizeof banknotes / sizeof banknotes[0]))

static const char *const amounts[AMOUNT_COUNT] = {"20", "40", "60", "100", "150", "200"};

static int64_t amount_of(const struct tui *tui, size_t i) {
    int64_t amount_minor = 0;
    (void)tw_money_parse(amounts[i], atm_terminal_currency(tui->machine->terminal), &amount_minor,
                         NULL);
    return amount_minor;
}

bool tui_can_pay(struct tui *tui, int64_t amount_minor) {
    struct atm_mix mix;
    atm_choose_notes(tui->machine->terminal, tui->machine->config->strategy);
    return tw_ok(atm_mix_check(tui->machine->terminal, amount_minor, &mix, NULL));
}

/* False when given up. */
static bool choose_amount(struct tui *tui, int64_t *ret_minor) {
    struct tw_currency currency = atm_terminal_currency(tui->machine->terminal);
    char texts[AMOUNT_COUNT][TUI_TEXT_SIZE];
    const char *labels[AMOUNT_COUNT + 1];
    for (size_t i = 0; i < AMOUNT_COUNT; i++) {
        int64_t amount_minor = amount_of(tui, i);
        labels[i] =
            tui_can_pay(tui, amount_minor) ? tui_money(amount_minor, currency, texts[i]) : NULL;
    }
    labels[AMOUNT_COUNT] = tui_say(tui, ATM_MESSAGE_OTHER_AMOUNT);
    int chosen = tui_choose(tui, tui_say(tui, ATM_MESSAGE_MENU_CASH),
                            tui_say(tui, ATM_MESSAGE_HOW_MUCH), labels, AMOUNT_COUNT + 1);
    if (chosen == AMOUNT_COUNT) {
        return tui_ask_amount(tui, tui_say(tui, ATM_MESSAGE_OTHER_AMOUNT), NULL, ret_minor);
    }
    if (chosen >= 0) {
        *ret_minor = amount_of(tui, (size_t)chosen);
    }
    return chosen >= 0;
}

/* "2 x 20.00, 1 x 50.00" */
static void write_notes(const struct atm_mix *mix, struct tw_currency currency,
                        char text[TUI_TEXT_SIZE]) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < mix->count && used < TUI_TEXT_SIZE; i++) {
        char each[TW_MONEY_TEXT_SIZE];
        int length = snprintf(text + used, TUI_TEXT_SIZE - used, "%s%lld x %s", i > 0 ? ", " : "",
                              (long long)mix->parts[i].notes,
                              tw_money_text(mix->parts[i].denomination_minor, currency, each));
        used += length > 0 ? (size_t)length : 0;
    }
}

static bool same_mix(const struct atm_mix *one, const struct atm_mix *other) {
    bool same = one->count == other->count;
    for (size_t i = 0; same && i < one->count; i++) {
        same = one->parts[i].number == other->parts[i].number &&
               one->parts[i].notes == other->parts[i].notes;
    }
    return same;
}

/* Which notes, when the machine can pay in more than one way. False when given up. */
static bool choose_notes(struct tui *tui, int64_t amount_minor, struct atm_step *step) {
    struct atm_terminal *terminal = tui->machine->terminal;
    struct atm_mix mixes[ATM_MIX_STRATEGY_COUNT];
    char texts[ATM_MIX_STRATEGY_COUNT][TUI_TEXT_SIZE];
    const char *labels[ATM_MIX_STRATEGY_COUNT];
    size_t offered = 0;
    for (int strategy = 0; strategy < ATM_MIX_STRATEGY_COUNT; strategy++) {
        labels[strategy] = NULL;
        atm_choose_notes(terminal, (enum atm_mix_strategy)strategy);
        bool can = tw_ok(atm_mix_check(terminal, amount_minor, &mixes[strategy], NULL));
        for (int other = 0; can && other < strategy; other++) {
            can = labels[other] == NULL || !same_mix(&mixes[other], &mixes[strategy]);
        }
        if (can) {
            write_notes(&mixes[strategy], atm_terminal_currency(terminal), texts[strategy]);
            labels[strategy] = texts[strategy];
            offered++;
        }
    }
    if (offered < 2) {
        return true;
    }
    int chosen = tui_choose(tui, tui_say(tui, ATM_MESSAGE_WHICH_NOTES), NULL, labels,
                            ATM_MIX_STRATEGY_COUNT);
    if (chosen >= 0) {
        step->has |= ATM_HAS_MIX;
        (void)snprintf(step->mix, sizeof step->mix, "%s",
                       atm_mix_strategy_name((enum atm_mix_strategy)chosen));
    }
    return chosen >= 0;
}

void tui_cash(struct tui *tui, int64_t amount_minor) {
    TW_JSON_OWNED json_t *report = NULL;
    bool fast = amount_minor != 0;
    struct atm_step step = {.verb = ATM_VERB_WITHDRAW, .has = ATM_HAS_AMOUNT | ATM_HAS_ACCOUNT};
    if (!tui_choose_account(tui, tui_say(tui, ATM_MESSAGE_MENU_CASH), &step.account) ||
        (!fast && !choose_amount(tui, &amount_minor)) ||
        (!fast && !choose_notes(tui, amount_minor, &step))) {
        return;
    }
    step.amount = amount_minor;
    enum atm_verdict verdict = tui_play(tui, &step, &report);
    tui_show_result(tui, verdict, report);
}

/* Counts typed per banknote; the slot takes them all at once. */
static bool count_notes(struct tui *tui, struct atm_step *step) {
    struct tw_currency currency = atm_terminal_currency(tui->machine->terminal);
    int64_t total_minor = 0;
    for (;;) {
        char texts[KINDS][TUI_TEXT_SIZE];
        const char *labels[KINDS + 1];
        char below[TUI_TEXT_SIZE];
        char total[TUI_TEXT_SIZE];
        for (int i = 0; i < KINDS; i++) {
            char each[TW_MONEY_TEXT_SIZE];
            (void)snprintf(texts[i], sizeof texts[i], "%lld x %s", (long long)step->notes[i].count,
                           tw_money_text(banknotes[i], currency, each));
            labels[i] = texts[i];
        }
        labels[KINDS] = tui_say(tui, ATM_MESSAGE_PAY_IN);
        (void)tui_say_with(tui, ATM_MESSAGE_NOTES_IN_SLOT, tui_money(total_minor, currency, total),
                           below);
        int chosen =
            tui_choose(tui, tui_say(tui, ATM_MESSAGE_MENU_DEPOSIT), below, labels, KINDS + 1);
        if (chosen < 0 || chosen == KINDS) {
            return chosen == KINDS && total_minor > 0;
        }
        if (step->notes[chosen].count < SLOT_MAX) { /* each press is a note */
            step->notes[chosen].denomination = banknotes[chosen];
            step->notes[chosen].count++;
            total_minor += banknotes[chosen];
        }
    }
}

/* Only the kinds that are there. */
static void close_gaps(struct atm_step *step) {
    for (int i = 0; i < KINDS; i++) {
        if (step->notes[i].count > 0) {
            step->notes[step->note_count++] = step->notes[i];
        }
    }
}

void tui_deposit(struct tui *tui) {
    TW_JSON_OWNED json_t *report = NULL;
    struct atm_step step = {.verb = ATM_VERB_DEPOSIT, .has = ATM_HAS_NOTES | ATM_HAS_ACCOUNT};
    if (!tui_choose_account(tui, tui_say(tui, ATM_MESSAGE_MENU_DEPOSIT), &step.account) ||
        !count_notes(tui, &step)) {
        return;
    }
    close_gaps(&step);
    enum atm_verdict verdict = tui_play(tui, &step, &report);
    tui_show_result(tui, verdict, report);
}
