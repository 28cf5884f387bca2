/* What customers do with their accounts without cash: look, transfer, ask, change the PIN. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "atm-client/tui/internal.h"
#include "core/date.h"
#include "core/money.h"
#include "pin/pin_block.h"

#define PENDING_SHOWN 7

static void inquire(struct tui *tui, enum atm_verb verb, const char *heading) {
    TW_JSON_OWNED json_t *report = NULL;
    struct atm_step step = {.verb = verb, .has = ATM_HAS_ACCOUNT};
    if (!tui_choose_account(tui, heading, &step.account)) {
        return;
    }
    enum atm_verdict verdict = tui_play(tui, &step, &report);
    const char *receipt = tui_string(report, "receipt");
    if (verdict == ATM_APPROVED && receipt[0] != '\0') {
        tui_page(tui, heading, receipt, TUI_RESULT_MS);
    } else {
        tui_show_result(tui, verdict, report);
    }
}

void tui_balance(struct tui *tui) {
    inquire(tui, ATM_VERB_BALANCE, tui_say(tui, ATM_MESSAGE_MENU_BALANCE));
}

void tui_statement(struct tui *tui) {
    inquire(tui, ATM_VERB_STATEMENT, tui_say(tui, ATM_MESSAGE_MENU_STATEMENT));
}

/* --- transfer --------------------------------------------------------------------------------- */

static bool type_iban(struct tui *tui, struct tw_iban *ret_iban) {
    char text[64];
    char reason[TUI_TEXT_SIZE];
    struct tw_error error = {0};
    const char *below = NULL;
    while (
        tui_ask_text(tui, tui_say(tui, ATM_MESSAGE_PAYEE_IBAN), below, NULL, text, sizeof text)) {
        char *to = text;
        for (const char *from = text; *from != '\0'; from++) { /* typed in groups, maybe small */
            if (*from != ' ') {
                *to++ = (char)toupper((unsigned char)*from);
            }
        }
        *to = '\0';
        if (tw_ok(tw_iban_parse(text, ret_iban, &error))) {
            return true;
        }
        (void)snprintf(reason, sizeof reason, "%s", tui_say(tui, ATM_MESSAGE_NO_IBAN));
        below = reason;
    }
    return false;
}

/* One of the card's other accounts, or any IBAN. */
static bool choose_payee(struct tui *tui, struct tw_iban from, struct tw_iban *ret_to) {
    const struct tw_session_account *accounts = NULL;
    size_t count = atm_session_accounts(tui->machine->terminal, &accounts);
    char texts[TW_ACCOUNTS_MAX][TUI_COLUMNS];
    const char *labels[TW_ACCOUNTS_MAX + 1];
    for (size_t i = 0; i < count; i++) {
        char iban[TW_IBAN_TEXT_SIZE];
        bool same = accounts[i].account.bank_code == from.bank_code &&
                    accounts[i].account.account == from.account;
        (void)snprintf(texts[i], sizeof texts[i], "%s %s", accounts[i].product,
                       tw_iban_text(accounts[i].account, iban));
        labels[i] = same ? NULL : texts[i];
    }
    labels[count] = tui_say(tui, ATM_MESSAGE_ANOTHER_IBAN);
    int chosen = count > 1 ? tui_choose(tui, tui_say(tui, ATM_MESSAGE_MENU_TRANSFER),
                                        tui_say(tui, ATM_MESSAGE_TO_WHOM), labels, count + 1)
                           : (int)count;
    if (chosen == (int)count) {
        return type_iban(tui, ret_to);
    }
    if (chosen >= 0) {
        *ret_to = accounts[chosen].account;
    }
    return chosen >= 0;
}

static bool confirm_transfer(struct tui *tui, struct atm_step *step) {
    struct atm_terminal *terminal = tui->machine->terminal;
    struct tw_currency currency = atm_terminal_currency(terminal);
    int64_t surcharge_minor = atm_terminal_surcharge(terminal, &step->account);
    char from[TW_IBAN_TEXT_SIZE];
    char to[TW_IBAN_TEXT_SIZE];
    char amount[TUI_TEXT_SIZE];
    char fee[TUI_TEXT_SIZE];
    char total[TUI_TEXT_SIZE];
    const char *facts[] = {tui_say(tui, ATM_MESSAGE_FROM),
                           tw_iban_text(step->account, from),
                           tui_say(tui, ATM_MESSAGE_TO),
                           tw_iban_text(step->to, to),
                           tui_say(tui, ATM_MESSAGE_AMOUNT),
                           tui_money(step->amount, currency, amount),
                           tui_say(tui, ATM_MESSAGE_FEE),
                           tui_money(surcharge_minor, currency, fee),
                           tui_say(tui, ATM_MESSAGE_TOTAL),
                           tui_money(step->amount + surcharge_minor, currency, total),
                           NULL};
    step->has |= ATM_HAS_MAX_SURCHARGE; /* this fee was agreed to, and no other */
    step->max_surcharge = surcharge_minor;
    return tui_confirm(tui, tui_say(tui, ATM_MESSAGE_CONFIRM_TRANSFER), facts,
                       tui_say(tui, ATM_MESSAGE_CANNOT_UNDO));
}

void tui_transfer(struct tui *tui) {
    TW_JSON_OWNED json_t *report = NULL;
    struct atm_step step = {.verb = ATM_VERB_TRANSFER,
                            .has = ATM_HAS_ACCOUNT | ATM_HAS_TO | ATM_HAS_AMOUNT};
    const char *heading = tui_say(tui, ATM_MESSAGE_MENU_TRANSFER);
    if (!tui_choose_account(tui, heading, &step.account) ||
        !choose_payee(tui, step.account, &step.to) ||
        !tui_ask_amount(tui, heading, tui_say(tui, ATM_MESSAGE_HOW_MUCH), &step.amount)) {
        return;
    }
    if (tui_ask_text(tui, heading, tui_say(tui, ATM_MESSAGE_WHAT_FOR), NULL, step.remittance,
                     sizeof step.remittance)) {
        step.has |= ATM_HAS_REMITTANCE;
    }
    if (!confirm_transfer(tui, &step)) {
        return;
    }
    enum atm_verdict verdict = tui_play(tui, &step, &report);
    tui_show_result(tui, verdict, report);
}

/* --- transfers under way ---------------------------------------------------------------------- */

static void write_transfer(const struct atm_operation *operation, char text[TUI_COLUMNS]) {
    char date[TW_DATE_TEXT_SIZE];
    char amount[TW_MONEY_TEXT_SIZE];
    (void)snprintf(text, TUI_COLUMNS, "%s %s %s", tw_date_text(operation->business_date, date),
                   tw_money_text(operation->amount_minor, operation->currency, amount),
                   atm_operation_state_name(operation->state));
}

void tui_pending(struct tui *tui) {
    struct atm_operation operations[PENDING_SHOWN];
    char texts[PENDING_SHOWN][TUI_COLUMNS];
    const char *labels[PENDING_SHOWN];
    size_t count = 0;
    struct tw_iban account;
    const char *heading = tui_say(tui, ATM_MESSAGE_MENU_PENDING);
    if (!tui_choose_account(tui, heading, &account)) {
        return;
    }
    if (!tw_ok(atm_journal_operations(tui->machine->journal, ATM_OP_TRANSFER, ATM_ANY, account,
                                      operations, PENDING_SHOWN, &count, NULL)) ||
        count == 0) {
        tui_notice(tui, heading, tui_say(tui, ATM_MESSAGE_NO_TRANSFERS), TUI_RESULT_MS);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        write_transfer(&operations[i], texts[i]);
        labels[i] = texts[i];
    }
    int chosen = tui_choose(tui, heading, tui_say(tui, ATM_MESSAGE_ASK_STATUS), labels, count);
    if (chosen >= 0) {
        TW_JSON_OWNED json_t *report = NULL;
        struct atm_step step = {
            .verb = ATM_VERB_TRANSFER_STATUS, .has = ATM_HAS_TXID, .txid = operations[chosen].txid};
        enum atm_verdict verdict = tui_play(tui, &step, &report);
        tui_show_result(tui, verdict, report);
    }
}

/* --- PIN -------------------------------------------------------------------------------------- */

void tui_pin_change(struct tui *tui) {
    TW_JSON_OWNED json_t *report = NULL;
    struct atm_step step = {.verb = ATM_VERB_PIN_CHANGE, .has = ATM_HAS_NEW_PIN};
    char again[sizeof step.new_pin];
    const char *heading = tui_say(tui, ATM_MESSAGE_MENU_PIN_CHANGE);
    bool typed =
        tui_ask_secret(tui, heading, tui_say(tui, ATM_MESSAGE_NEW_PIN), step.new_pin,
                       sizeof step.new_pin) &&
        tui_ask_secret(tui, heading, tui_say(tui, ATM_MESSAGE_NEW_PIN_AGAIN), again, sizeof again);
    bool same = typed && strcmp(step.new_pin, again) == 0;
    tw_wipe(again, sizeof again);
    if (same) {
        enum atm_verdict verdict = tui_play(tui, &step, &report);
        tui_show_result(tui, verdict, report);
    } else if (typed) {
        tui_notice(tui, heading, tui_say(tui, ATM_MESSAGE_PINS_DIFFER), TUI_RESULT_MS);
    }
    tw_wipe(&step, sizeof step);
}
