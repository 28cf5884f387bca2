/*
 * Receipts: plain text, 40 columns, one fact per line, label left and value right. Only what the
 * customer may lose in the street: the PAN is masked. Dates are business dates; the text depends on
 * nothing but the outcome and the terminal, so that tests can hold it against golden files.
 */
#include "atm-client/core/receipt.h"

#include <stdio.h>
#include <string.h>

#include "atm-client/core/paper.h"
#include "atm-client/core/words.h"
#include "core/date.h"

#define SAY(paper, id) atm_message((paper)->language, ATM_MESSAGE_PAPER_##id)

static void put_head(struct atm_paper *paper, const struct atm_receipt_head *head,
                     const struct atm_outcome *outcome, const char *title) {
    char date[TW_DATE_TEXT_SIZE];
    char number[32];
    atm_paper_centred(paper, "TELLERWIRE");
    atm_paper_centred(paper, head->location);
    atm_paper_rule(paper);
    atm_paper_centred(paper, title);
    if (head->copy)
        atm_paper_centred(paper, SAY(paper, COPY));
    atm_paper_rule(paper);
    atm_paper_say(paper, ATM_MESSAGE_PAPER_DATE, tw_date_text(outcome->business_date, date));
    (void)snprintf(number, sizeof number, "%08d", (int)head->terminal_id);
    atm_paper_say(paper, ATM_MESSAGE_PAPER_TERMINAL, number);
    (void)snprintf(number, sizeof number, "%06d", (int)outcome->stan);
    atm_paper_say(paper, ATM_MESSAGE_PAPER_STAN, number);
    atm_paper_say(paper, ATM_MESSAGE_PAPER_CARD, outcome->pan_masked);
}

static void put_account(struct atm_paper *paper, enum atm_message label, struct tw_iban account) {
    char iban[TW_IBAN_TEXT_SIZE];
    if (account.account != 0)
        atm_paper_say(paper, label, tw_iban_text(account, iban));
}

static void put_notes(struct atm_paper *paper, const struct atm_outcome *outcome) {
    for (size_t i = 0; i < outcome->note_count; i++) {
        char each[TW_MONEY_TEXT_SIZE];
        char value[TW_MONEY_TEXT_SIZE + 24];
        (void)snprintf(
            value, sizeof value, "%d x %s", (int)outcome->notes[i].count,
            atm_paper_amount(paper, outcome->notes[i].denomination, outcome->currency, each));
        atm_paper_fact(paper, i == 0 ? SAY(paper, NOTES) : "", value);
    }
}

static void put_booking(struct atm_paper *paper, const struct atm_outcome *outcome) {
    const struct tw_posting_result *posting = &outcome->answer.posting;
    if (!outcome->answered || posting->outcome.rc != TW_RC_APPROVED)
        return;
    if (posting->rrn[0] != '\0')
        atm_paper_say(paper, ATM_MESSAGE_PAPER_REFERENCE, posting->rrn);
    if (posting->authorization_id[0] != '\0')
        atm_paper_say(paper, ATM_MESSAGE_PAPER_AUTHORIZATION, posting->authorization_id);
}

/* The code says something only where the host gave it. */
static void put_verdict(struct atm_paper *paper, const struct atm_outcome *outcome) {
    static const enum atm_message words[] = {
        [ATM_APPROVED] = ATM_MESSAGE_PAPER_APPROVED,
        [ATM_DECLINED] = ATM_MESSAGE_PAPER_DECLINED,
        [ATM_REFUSED] = ATM_MESSAGE_PAPER_REFUSED,
        [ATM_UNANSWERED] = ATM_MESSAGE_PAPER_UNANSWERED,
        [ATM_PENDING] = ATM_MESSAGE_PAPER_PENDING,
        [ATM_FAULT] = ATM_MESSAGE_PAPER_FAULT,
        [ATM_SUSPECT] = ATM_MESSAGE_PAPER_SUSPECT,
    };
    char line[64];
    const char *word = atm_message(paper->language, words[outcome->verdict]);
    if (outcome->verdict == ATM_DECLINED && outcome->rc == TW_RC_APPROVED)
        atm_paper_centred(paper, SAY(paper, RETURNED));
    else if (outcome->verdict == ATM_FAULT || outcome->verdict == ATM_SUSPECT)
        atm_paper_centred(paper, word);
    else {
        (void)snprintf(line, sizeof line, "%s (%s)", word, tw_rc_digits(outcome->rc));
        atm_paper_centred(paper, line);
    }
}

/* An approval needs no words; a copy is of what was, and its words were for then. */
static void put_ending(struct atm_paper *paper, const struct atm_outcome *outcome, bool copy) {
    atm_paper_rule(paper);
    put_verdict(paper, outcome);
    if (outcome->verdict != ATM_APPROVED && !copy)
        atm_paper_wrapped(paper, atm_words(outcome, paper->language));
}

/* What is charged for a card of another bank, and what that makes. */
static void put_surcharge(struct atm_paper *paper, const struct atm_outcome *outcome,
                          int64_t amount_minor) {
    if (outcome->surcharge_minor == 0)
        return;
    atm_paper_money(paper, ATM_MESSAGE_PAPER_SURCHARGE, outcome->surcharge_minor,
                    outcome->currency);
    atm_paper_money(paper, ATM_MESSAGE_PAPER_TOTAL, amount_minor + outcome->surcharge_minor,
                    outcome->currency);
}

static void put_available(struct atm_paper *paper, const struct atm_outcome *outcome) {
    if (outcome->verdict == ATM_APPROVED && outcome->answer.posting.outcome.rc == TW_RC_APPROVED &&
        !paper->copy) /* the journal has no balances */
        atm_paper_money(paper, ATM_MESSAGE_PAPER_AVAILABLE,
                        outcome->answer.posting.available_balance, outcome->currency);
}

static void put_withdrawal(struct atm_paper *paper, const struct atm_outcome *outcome) {
    put_account(paper, ATM_MESSAGE_PAPER_ACCOUNT, outcome->account);
    atm_paper_money(paper, ATM_MESSAGE_PAPER_AMOUNT, outcome->amount_minor, outcome->currency);
    if (outcome->verdict == ATM_FAULT)
        atm_paper_money(paper, ATM_MESSAGE_PAPER_HANDED_OUT, outcome->dispensed_minor,
                        outcome->currency);
    put_surcharge(paper, outcome,
                  outcome->verdict == ATM_FAULT ? outcome->dispensed_minor : outcome->amount_minor);
    put_notes(paper, outcome);
    put_booking(paper, outcome);
    put_available(paper, outcome);
}

static void put_deposit(struct atm_paper *paper, const struct atm_outcome *outcome) {
    put_account(paper, ATM_MESSAGE_PAPER_ACCOUNT, outcome->account);
    atm_paper_money(paper, ATM_MESSAGE_PAPER_AMOUNT, outcome->amount_minor, outcome->currency);
    put_notes(paper, outcome);
    put_booking(paper, outcome);
    put_available(paper, outcome);
}

static void put_id(struct atm_paper *paper, const struct tw_uuid *txid) {
    char text[TW_UUID_TEXT_SIZE];
    atm_paper_fact(paper, SAY(paper, TRANSFER_ID), "");
    atm_paper_right(paper, tw_uuid_text(txid, text));
}

static void put_transfer(struct atm_paper *paper, const struct atm_outcome *outcome) {
    put_account(paper, ATM_MESSAGE_PAPER_FROM, outcome->account);
    put_account(paper, ATM_MESSAGE_PAPER_TO, outcome->to_account);
    atm_paper_money(paper, ATM_MESSAGE_PAPER_AMOUNT, outcome->amount_minor, outcome->currency);
    put_surcharge(paper, outcome, outcome->amount_minor);
    put_booking(paper, outcome);
    if (outcome->answered && outcome->answer.posting.status[0] != '\0')
        atm_paper_say(paper, ATM_MESSAGE_PAPER_STATE, outcome->answer.posting.status);
    if (outcome->answered && outcome->answer.posting.reason[0] != '\0')
        atm_paper_say(paper, ATM_MESSAGE_PAPER_REASON, outcome->answer.posting.reason);
    if (outcome->verdict == ATM_PENDING)
        put_id(paper, &outcome->txid);
}

static void put_transfer_status(struct atm_paper *paper, const struct atm_outcome *outcome) {
    if (outcome->amount_minor > 0) { /* it was made here */
        put_account(paper, ATM_MESSAGE_PAPER_FROM, outcome->account);
        atm_paper_money(paper, ATM_MESSAGE_PAPER_AMOUNT, outcome->amount_minor, outcome->currency);
        put_surcharge(paper, outcome, outcome->amount_minor);
    }
    if (outcome->answered && outcome->answer.posting.status[0] != '\0')
        atm_paper_say(paper, ATM_MESSAGE_PAPER_STATE, outcome->answer.posting.status);
    if (outcome->answered && outcome->answer.posting.reason[0] != '\0')
        atm_paper_say(paper, ATM_MESSAGE_PAPER_REASON, outcome->answer.posting.reason);
    put_id(paper, &outcome->txid);
}

static void put_balance(struct atm_paper *paper, const struct atm_outcome *outcome) {
    put_account(paper, ATM_MESSAGE_PAPER_ACCOUNT, outcome->account);
    if (outcome->verdict != ATM_APPROVED)
        return;
    const struct tw_balance_result *balance = &outcome->answer.balance;
    atm_paper_money(paper, ATM_MESSAGE_PAPER_BOOKED, balance->ledger_balance, balance->currency);
    atm_paper_money(paper, ATM_MESSAGE_PAPER_AVAILABLE, balance->available_balance,
                    balance->currency);
}

static const char *operation_word(const struct atm_paper *paper, const char *operation) {
    return atm_translated(paper->language, operation);
}

static void put_statement(struct atm_paper *paper, const struct atm_outcome *outcome) {
    put_account(paper, ATM_MESSAGE_PAPER_ACCOUNT, outcome->account);
    if (outcome->verdict != ATM_APPROVED)
        return;
    const struct tw_statement_result *statement = &outcome->answer.statement;
    atm_paper_rule(paper);
    for (size_t i = 0; i < statement->entry_count; i++) {
        const struct tw_statement_entry *entry = &statement->entries[i];
        char date[TW_DATE_TEXT_SIZE];
        char amount[TW_MONEY_TEXT_SIZE];
        atm_paper_row(paper, tw_date_text(entry->business_date, date),
                      operation_word(paper, entry->operation),
                      atm_paper_amount(paper, entry->amount, statement->currency, amount));
    }
    if (statement->entry_count == 0)
        atm_paper_centred(paper, SAY(paper, NO_ENTRIES));
    atm_paper_rule(paper);
    atm_paper_money(paper, ATM_MESSAGE_PAPER_BOOKED, statement->ledger_balance,
                    statement->currency);
    atm_paper_money(paper, ATM_MESSAGE_PAPER_AVAILABLE, statement->available_balance,
                    statement->currency);
}

static const struct {
    enum tw_method_id method;
    enum atm_message title;
    void (*body)(struct atm_paper *paper, const struct atm_outcome *outcome);
} forms[] = {
    {TW_METHOD_WITHDRAW, ATM_MESSAGE_PAPER_WITHDRAWAL, put_withdrawal},
    {TW_METHOD_DEPOSIT, ATM_MESSAGE_PAPER_DEPOSIT, put_deposit},
    {TW_METHOD_TRANSFER, ATM_MESSAGE_PAPER_TRANSFER, put_transfer},
    {TW_METHOD_TRANSFER_STATUS, ATM_MESSAGE_PAPER_TRANSFER_STATUS, put_transfer_status},
    {TW_METHOD_BALANCE, ATM_MESSAGE_PAPER_BALANCE, put_balance},
    {TW_METHOD_STATEMENT, ATM_MESSAGE_PAPER_STATEMENT, put_statement},
};

void atm_receipt_write(const struct atm_receipt_head *head, const struct atm_outcome *outcome,
                       char receipt[ATM_RECEIPT_SIZE]) {
    struct atm_paper paper = {.text = receipt, .language = outcome->language, .copy = head->copy};
    receipt[0] = '\0';
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].method != outcome->method)
            continue;
        put_head(&paper, head, outcome, atm_message(paper.language, forms[i].title));
        forms[i].body(&paper, outcome);
        put_ending(&paper, outcome, head->copy);
    }
}
