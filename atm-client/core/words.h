/* What an outcome says to the customer: clear words for every response code, for silence, and for
 * what the terminal and its devices have to say. */
#ifndef ATM_CORE_WORDS_H
#define ATM_CORE_WORDS_H

#include "atm-client/core/terminal.h"

/* "There is not enough money in this account." May point into the outcome: what only a program or
 * staff is told is English in every language. */
const char *atm_words(const struct atm_outcome *outcome, enum atm_language language);

#endif
