/*
 * Response codes of business outcomes (ISO 8583 data element 39): results, never errors.
 * Stored and compared as the two digits; `enum tw_rc` is only their name inside the program.
 */
#ifndef TW_CORE_RC_H
#define TW_CORE_RC_H

#include <stdbool.h>

enum tw_rc {
#define TW_RC_DEF(name, digits, text) TW_RC_##name,
#include "core/rc.def"
#undef TW_RC_DEF
    TW_RC_COUNT
};

const char *tw_rc_digits(enum tw_rc rc); /* "51" */
const char *tw_rc_text(enum tw_rc rc);   /* "insufficient funds" */
/* False if the two characters at digits name no code of ours. */
bool tw_rc_from_digits(const char *digits, enum tw_rc *ret_rc);
/* True for codes upon which the terminal keeps the card (41, 43, 75). */
bool tw_rc_retains_card(enum tw_rc rc);

#endif
