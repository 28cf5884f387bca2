/* network.sign_on, sign_off, echo (ISO 8583 network management): the terminal's state at its bank.
 */
#include <stdio.h>

#include "ops/rules.h"

static void plan(const struct bank_item *item, struct bank_book *book) {
    bank_want_terminal(book, item->request.header.terminal_id, true);
}

static void set_signed_on(struct bank_item *item, struct bank_book *book, bool on) {
    struct bank_terminal *terminal = bank_book_terminal(book, item->request.header.terminal_id);
    if (terminal == NULL || !terminal->locked) {
        bank_decline(item, TW_RC_NOT_PERMITTED_TERMINAL);
        return;
    }
    terminal->changed = terminal->changed || terminal->signed_on != on;
    terminal->signed_on = on;
}

static void decide_sign_on(struct bank_item *item, struct bank_book *book) {
    set_signed_on(item, book, true);
    if (item->decision.rc != TW_RC_APPROVED) {
        return;
    }
    struct tw_sign_on_result result = {
        .outcome = bank_outcome(TW_RC_APPROVED),
        .business_date = book->business_date,
        .bank_code = book->services->bank_code,
        .currency = book->currency,
        .surcharge = book->surcharge_minor,
    };
    (void)snprintf(result.bank_name, sizeof result.bank_name, "%s", book->bank_name);
    bank_reply(item, tw_sign_on_result_fields, &result, false);
}

static void decide_sign_off(struct bank_item *item, struct bank_book *book) {
    set_signed_on(item, book, false);
}

static void decide_echo(struct bank_item *item, struct bank_book *book) {
    (void)item;
    (void)book;
}

const struct bank_op bank_op_sign_on = {
    .method = TW_METHOD_SIGN_ON,
    .flags = BANK_OP_UNSTORED | BANK_OP_ANY_TIME,
    .plan = plan,
    .decide = decide_sign_on,
    .answer = bank_answer_reply,
};

const struct bank_op bank_op_sign_off = {
    .method = TW_METHOD_SIGN_OFF,
    .flags = BANK_OP_UNSTORED | BANK_OP_ANY_TIME,
    .plan = plan,
    .decide = decide_sign_off,
    .answer = bank_answer_plain,
};

const struct bank_op bank_op_echo = {
    .method = TW_METHOD_ECHO,
    .flags = BANK_OP_READS | BANK_OP_ANY_TIME,
    .decide = decide_echo,
    .answer = bank_answer_plain,
};
