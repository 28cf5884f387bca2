/* By rc, not by the host's text, so that a terminal can speak its customers' language; what the
 * terminal says itself is in the catalogue by its English. */
#include "atm-client/core/words.h"

#include <string.h>

/* The messages of all response codes have their names: one that is missing does not compile. */
static enum atm_message message_of(enum tw_rc rc) {
    static const enum atm_message of[TW_RC_COUNT] = {
#define TW_RC_DEF(name, digits, text) [TW_RC_##name] = ATM_MESSAGE_RC_##name,
#include "core/rc.def"
#undef TW_RC_DEF
    };
    return of[rc];
}

/* Silence: what that means for the money, which is all a customer wants to know. */
static const char *words_of_silence(const struct atm_outcome *outcome, enum atm_language language) {
    switch ((int)outcome->method) {
    case TW_METHOD_WITHDRAW:
        return atm_message(language, ATM_MESSAGE_WITHDRAWAL_UNANSWERED);
    case TW_METHOD_DEPOSIT:
        return atm_message(language, ATM_MESSAGE_DEPOSIT_UNANSWERED);
    case TW_METHOD_PIN_KEY:
    case TW_METHOD_SESSION_OPEN:
    case TW_METHOD_BALANCE:
    case TW_METHOD_STATEMENT:
    case TW_METHOD_PIN_CHANGE:
    case TW_METHOD_TRANSFER_STATUS:
        return atm_message(language, ATM_MESSAGE_RC_ISSUER_UNREACHABLE);
    default:
        return atm_translated(language, outcome->text); /* staff */
    }
}

const char *atm_words(const struct atm_outcome *outcome, enum atm_language language) {
    bool payee = outcome->method == TW_METHOD_TRANSFER && outcome->answered &&
                 strcmp(outcome->answer.posting.reason, "RC01") == 0;
    bool returned = outcome->verdict == ATM_DECLINED && outcome->rc == TW_RC_APPROVED;
    if (outcome->verdict == ATM_UNANSWERED)
        return words_of_silence(outcome, language);
    if (returned || (outcome->verdict != ATM_APPROVED && outcome->verdict != ATM_DECLINED))
        return atm_translated(language, outcome->text);
    return atm_message(language, payee ? ATM_MESSAGE_PAYEE_BANK_UNKNOWN : message_of(outcome->rc));
}
