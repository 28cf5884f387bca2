/*
 * Lines for a receipt: 40 columns of UTF-8, a label left and a value right. Only characters that
 * the printers' code pages have (Latin-1) come onto it; others become "?". For the core folder
 * only. Borrows the text it writes to, which has ATM_RECEIPT_SIZE bytes; what does not fit is cut.
 */
#ifndef ATM_CORE_PAPER_H
#define ATM_CORE_PAPER_H

#include "atm-client/core/terminal.h"

#define ATM_PAPER_WIDTH 40

struct atm_paper {
    char *text;
    size_t used;
    enum atm_language language;
    bool copy; /* of a receipt that was given already */
};

void atm_paper_centred(struct atm_paper *paper, const char *text);
void atm_paper_rule(struct atm_paper *paper);
void atm_paper_fact(struct atm_paper *paper, const char *label, const char *value);
/* The same with a label of the catalogue, in the customer's language. */
void atm_paper_say(struct atm_paper *paper, enum atm_message label, const char *value);
void atm_paper_money(struct atm_paper *paper, enum atm_message label, int64_t amount_minor,
                     struct tw_currency currency);
/* A value of its own line, at the right. */
void atm_paper_right(struct atm_paper *paper, const char *value);
/* Three columns: a date, a text cut to 15 columns, a value. */
void atm_paper_row(struct atm_paper *paper, const char *date, const char *text, const char *value);
/* Centred lines, broken at blanks. */
void atm_paper_wrapped(struct atm_paper *paper, const char *text);
/* An amount as people of this language write it: 60.00, 60,00. */
const char *atm_paper_amount(const struct atm_paper *paper, int64_t amount_minor,
                             struct tw_currency currency, char buffer[TW_MONEY_TEXT_SIZE]);

#endif
