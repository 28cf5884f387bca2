/*
 * Receipts: plain text, 40 columns, one fact per line, label left and value right. Only what the
 * customer may lose in the street: the PAN is masked. Dates are business dates; the text depends on
 * nothing but the outcome and the terminal, so that tests can hold it against golden files.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "atm-client/core/internal.h"
#include "core/date.h"

#define WIDTH 40

struct paper {
    char *text;
    size_t used;
};

static void put(struct paper *paper, const char *format, ...) TW_PRINTF(2, 3);

static void put(struct paper *paper, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = ATM_RECEIPT_SIZE - paper->used;
    int length = vsnprintf(paper->text + paper->used, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        paper->used += (size_t)length < room ? (size_t)length : room - 1;
}

static void put_centred(struct paper *paper, const char *text) {
    int length = (int)strnlen(text, WIDTH);
    put(paper, "%*s%.*s\n", (WIDTH - length) / 2, "", length, text);
}

static void put_rule(struct paper *paper) {
    put(paper, "----------------------------------------\n");
}

static void put_fact(struct paper *paper, const char *label, const char *value) {
    int room = WIDTH - (int)strlen(label) - 1;
    put(paper, "%s %*s\n", label, room > 0 ? room : 1, value);
}

static void put_money(struct paper *paper, const char *label, int64_t amount_minor,
                      struct tw_currency currency) {
    char text[TW_MONEY_TEXT_SIZE];
    char value[TW_MONEY_TEXT_SIZE + 8];
    (void)snprintf(value, sizeof value, "%s %s", tw_money_text(amount_minor, currency, text),
                   currency.code);
    put_fact(paper, label, value);
}

static void put_head(struct paper *paper, const struct atm_terminal *terminal,
                     const struct atm_outcome *outcome, const char *title) {
    char date[TW_DATE_TEXT_SIZE];
    char number[32];
    put_centred(paper, "TELLERWIRE");
    put_centred(paper, terminal->location);
    put_rule(paper);
    put_centred(paper, title);
    put_rule(paper);
    put_fact(paper, "Date", tw_date_text(outcome->business_date, date));
    (void)snprintf(number, sizeof number, "%08d", (int)terminal->options.terminal_id);
    put_fact(paper, "Terminal", number);
    (void)snprintf(number, sizeof number, "%06d", (int)outcome->stan);
    put_fact(paper, "STAN", number);
    put_fact(paper, "Card", outcome->pan_masked);
}

static void put_account(struct paper *paper, const char *label, struct tw_iban account) {
    char iban[TW_IBAN_TEXT_SIZE];
    if (account.account != 0)
        put_fact(paper, label, tw_iban_text(account, iban));
}

static void put_notes(struct paper *paper, const struct atm_outcome *outcome) {
    for (size_t i = 0; i < outcome->note_count; i++) {
        char each[TW_MONEY_TEXT_SIZE];
        char value[TW_MONEY_TEXT_SIZE + 24];
        (void)snprintf(value, sizeof value, "%d x %s", (int)outcome->notes[i].count,
                       tw_money_text(outcome->notes[i].denomination, outcome->currency, each));
        put_fact(paper, i == 0 ? "Notes" : "     ", value);
    }
}

static void put_booking(struct paper *paper, const struct atm_outcome *outcome) {
    const struct tw_posting_result *posting = &outcome->answer.posting;
    if (!outcome->answered || posting->outcome.rc != TW_RC_APPROVED)
        return;
    if (posting->rrn[0] != '\0')
        put_fact(paper, "Reference", posting->rrn);
    if (posting->authorization_id[0] != '\0')
        put_fact(paper, "Authorization", posting->authorization_id);
}

/* The code says something only where the host gave it. */
static void put_verdict(struct paper *paper, const struct atm_outcome *outcome) {
    static const char *const words[] = {
        [ATM_APPROVED] = "approved",
        [ATM_DECLINED] = "declined",
        [ATM_REFUSED] = "refused",
        [ATM_UNANSWERED] = "no answer",
        [ATM_PENDING] = "pending",
        [ATM_FAULT] = "not completed",
        [ATM_SUSPECT] = "to be clarified by the bank",
    };
    char line[64];
    if (outcome->verdict == ATM_DECLINED && outcome->rc == TW_RC_APPROVED)
        (void)snprintf(line, sizeof line, "returned");
    else if (outcome->verdict == ATM_FAULT || outcome->verdict == ATM_SUSPECT)
        (void)snprintf(line, sizeof line, "%s", words[outcome->verdict]);
    else
        (void)snprintf(line, sizeof line, "%s (%s)", words[outcome->verdict],
                       tw_rc_digits(outcome->rc));
    put_centred(paper, line);
}

static void put_ending(struct paper *paper, const struct atm_outcome *outcome) {
    put_rule(paper);
    put_verdict(paper, outcome);
    char line[WIDTH + 1];
    if (strcmp(outcome->text, atm_verdict_name(outcome->verdict)) == 0)
        return;
    /* Breaks the text at blanks; a word longer than a line is cut. */
    const char *rest = outcome->text;
    while (*rest != '\0') {
        size_t length = strnlen(rest, WIDTH + 1);
        if (length > WIDTH) {
            length = WIDTH;
            while (length > 1 && rest[length] != ' ')
                length--;
            if (length == 1)
                length = WIDTH;
        }
        (void)snprintf(line, sizeof line, "%.*s", (int)length, rest);
        put_centred(paper, line);
        rest += length;
        rest += strspn(rest, " ");
    }
}

/* What is charged for a card of another bank, and what that makes. */
static void put_surcharge(struct paper *paper, const struct atm_outcome *outcome,
                          int64_t amount_minor) {
    if (outcome->surcharge_minor == 0)
        return;
    put_money(paper, "Surcharge", outcome->surcharge_minor, outcome->currency);
    put_money(paper, "Total", amount_minor + outcome->surcharge_minor, outcome->currency);
}

static void put_withdrawal(struct paper *paper, const struct atm_outcome *outcome) {
    put_account(paper, "Account", outcome->account);
    put_money(paper, "Amount", outcome->amount_minor, outcome->currency);
    if (outcome->verdict == ATM_FAULT)
        put_money(paper, "Handed out", outcome->dispensed_minor, outcome->currency);
    put_surcharge(paper, outcome,
                  outcome->verdict == ATM_FAULT ? outcome->dispensed_minor : outcome->amount_minor);
    put_notes(paper, outcome);
    put_booking(paper, outcome);
    if (outcome->verdict == ATM_APPROVED)
        put_money(paper, "Available", outcome->answer.posting.available_balance, outcome->currency);
}

static void put_deposit(struct paper *paper, const struct atm_outcome *outcome) {
    put_account(paper, "Account", outcome->account);
    put_money(paper, "Amount", outcome->amount_minor, outcome->currency);
    put_notes(paper, outcome);
    put_booking(paper, outcome);
    if (outcome->verdict == ATM_APPROVED)
        put_money(paper, "Available", outcome->answer.posting.available_balance, outcome->currency);
}

static void put_transfer(struct paper *paper, const struct atm_outcome *outcome) {
    put_account(paper, "From", outcome->account);
    put_account(paper, "To", outcome->to_account);
    put_money(paper, "Amount", outcome->amount_minor, outcome->currency);
    put_surcharge(paper, outcome, outcome->amount_minor);
    put_booking(paper, outcome);
    if (outcome->answered && outcome->answer.posting.status[0] != '\0')
        put_fact(paper, "State", outcome->answer.posting.status);
    if (outcome->answered && outcome->answer.posting.reason[0] != '\0')
        put_fact(paper, "Reason", outcome->answer.posting.reason);
    if (outcome->verdict == ATM_PENDING) {
        char txid[TW_UUID_TEXT_SIZE];
        put(paper, "Transfer id\n%*s\n", WIDTH, tw_uuid_text(&outcome->txid, txid));
    }
}

static void put_transfer_status(struct paper *paper, const struct atm_outcome *outcome) {
    char txid[TW_UUID_TEXT_SIZE];
    if (outcome->amount_minor > 0) { /* it was made here */
        put_account(paper, "From", outcome->account);
        put_money(paper, "Amount", outcome->amount_minor, outcome->currency);
        put_surcharge(paper, outcome, outcome->amount_minor);
    }
    if (outcome->answered && outcome->answer.posting.status[0] != '\0')
        put_fact(paper, "State", outcome->answer.posting.status);
    if (outcome->answered && outcome->answer.posting.reason[0] != '\0')
        put_fact(paper, "Reason", outcome->answer.posting.reason);
    put(paper, "Transfer id\n%*s\n", WIDTH, tw_uuid_text(&outcome->txid, txid));
}

static void put_balance(struct paper *paper, const struct atm_outcome *outcome) {
    put_account(paper, "Account", outcome->account);
    if (outcome->verdict != ATM_APPROVED)
        return;
    const struct tw_balance_result *balance = &outcome->answer.balance;
    put_money(paper, "Booked", balance->ledger_balance, balance->currency);
    put_money(paper, "Available", balance->available_balance, balance->currency);
}

static void put_statement(struct paper *paper, const struct atm_outcome *outcome) {
    put_account(paper, "Account", outcome->account);
    if (outcome->verdict != ATM_APPROVED)
        return;
    const struct tw_statement_result *statement = &outcome->answer.statement;
    put_rule(paper);
    for (size_t i = 0; i < statement->entry_count; i++) {
        const struct tw_statement_entry *entry = &statement->entries[i];
        char date[TW_DATE_TEXT_SIZE];
        char amount[TW_MONEY_TEXT_SIZE];
        put(paper, "%s %-15.15s %13s\n", tw_date_text(entry->business_date, date), entry->operation,
            tw_money_text(entry->amount, statement->currency, amount));
    }
    if (statement->entry_count == 0)
        put_centred(paper, "no entries");
    put_rule(paper);
    put_money(paper, "Booked", statement->ledger_balance, statement->currency);
    put_money(paper, "Available", statement->available_balance, statement->currency);
}

static const struct {
    enum tw_method_id method;
    const char *title;
    void (*body)(struct paper *paper, const struct atm_outcome *outcome);
} forms[] = {
    {TW_METHOD_WITHDRAW, "WITHDRAWAL", put_withdrawal},
    {TW_METHOD_DEPOSIT, "DEPOSIT", put_deposit},
    {TW_METHOD_TRANSFER, "TRANSFER", put_transfer},
    {TW_METHOD_TRANSFER_STATUS, "TRANSFER STATUS", put_transfer_status},
    {TW_METHOD_BALANCE, "BALANCE", put_balance},
    {TW_METHOD_STATEMENT, "MINI-STATEMENT", put_statement},
};

void atm_receipt_make(const struct atm_terminal *terminal, struct atm_outcome *outcome) {
    struct paper paper = {.text = outcome->receipt};
    outcome->receipt[0] = '\0';
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].method != outcome->method)
            continue;
        put_head(&paper, terminal, outcome, forms[i].title);
        forms[i].body(&paper, outcome);
        put_ending(&paper, outcome);
    }
}
