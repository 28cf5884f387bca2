/* By rc, not by the host's text, so that a terminal can speak its customers' language. */
#include "atm-client/face/words.h"

#include <string.h>

static const char *words_of_rc(enum tw_rc rc) {
    static const char *const words[TW_RC_COUNT] = {
        [TW_RC_APPROVED] = "Done.",
        [TW_RC_DO_NOT_HONOUR] = "Your bank does not allow this.",
        [TW_RC_INVALID_TRANSACTION] = "This is not possible here.",
        [TW_RC_INVALID_AMOUNT] = "This amount is not possible.",
        [TW_RC_NO_SUCH_CARD] = "This card is not known.",
        [TW_RC_NO_SUCH_ISSUER] = "Cards of this bank are not accepted here.",
        [TW_RC_ORIGINAL_NOT_FOUND] = "Nothing is known of this transaction.",
        [TW_RC_FORMAT_ERROR] = "The host did not understand the terminal.",
        [TW_RC_LOST_CARD] = "This card was reported lost and is kept. Please call your bank.",
        [TW_RC_STOLEN_CARD] = "This card was reported stolen and is kept. Please call your bank.",
        [TW_RC_INSUFFICIENT_FUNDS] = "There is not enough money in this account.",
        [TW_RC_EXPIRED_CARD] = "This card has expired.",
        [TW_RC_WRONG_PIN] = "The PIN is wrong.",
        [TW_RC_NOT_PERMITTED_CARD] = "This card may not be used for this.",
        [TW_RC_NOT_PERMITTED_TERMINAL] = "This terminal may not do this.",
        [TW_RC_AMOUNT_LIMIT] = "This would exceed your daily limit.",
        [TW_RC_RESTRICTED_CARD] = "This card is restricted. Please call your bank.",
        [TW_RC_SECURITY_VIOLATION] = "The session is not valid any more. Please start again.",
        [TW_RC_COUNT_LIMIT] = "You have reached the number of withdrawals for today.",
        [TW_RC_TOO_LATE] = "The answer came too late. Nothing was charged.",
        [TW_RC_PIN_TRIES_EXCEEDED] =
            "Too many wrong PINs. The card is kept; please call your bank.",
        [TW_RC_BAD_TO_ACCOUNT] = "The payee's account is not valid.",
        [TW_RC_BAD_FROM_ACCOUNT] = "This account cannot be used with this card.",
        [TW_RC_BAD_ACCOUNT] = "This account cannot be used.",
        [TW_RC_CUT_OVER] = "The bank is changing its business day. Please try again.",
        [TW_RC_ISSUER_UNREACHABLE] = "Your bank cannot be reached now. Please try again later.",
        [TW_RC_NO_ROUTE] = "The bank of this card is not known here.",
        [TW_RC_DUPLICATE] = "The host has seen this number with something else.",
        [TW_RC_RECONCILE_ERROR] = "The counts do not agree.",
        [TW_RC_SYSTEM_ERROR] = "Something failed. Please call the bank if money is missing.",
    };
    return words[rc];
}

/* Silence: what that means for the money, which is all a customer wants to know. */
static const char *words_of_silence(const struct atm_outcome *outcome) {
    switch ((int)outcome->method) {
    case TW_METHOD_WITHDRAW:
        return "Your bank did not answer. No cash is paid out, and the account is not charged.";
    case TW_METHOD_DEPOSIT:
        return "The bank did not answer. Your notes are given back.";
    case TW_METHOD_PIN_KEY:
    case TW_METHOD_SESSION_OPEN:
    case TW_METHOD_BALANCE:
    case TW_METHOD_STATEMENT:
    case TW_METHOD_PIN_CHANGE:
    case TW_METHOD_TRANSFER_STATUS:
        return words_of_rc(TW_RC_ISSUER_UNREACHABLE);
    default:
        return outcome->text; /* staff */
    }
}

const char *atm_words(const struct atm_outcome *outcome) {
    bool payee = outcome->method == TW_METHOD_TRANSFER && outcome->answered &&
                 strcmp(outcome->answer.posting.reason, "RC01") == 0;
    bool returned = outcome->verdict == ATM_DECLINED && outcome->rc == TW_RC_APPROVED;
    if (outcome->verdict == ATM_UNANSWERED)
        return words_of_silence(outcome);
    if (returned || (outcome->verdict != ATM_APPROVED && outcome->verdict != ATM_DECLINED))
        return outcome->text;
    return payee ? "The payee's bank is not known here." : words_of_rc(outcome->rc);
}

enum atm_exit atm_exit_of(enum atm_verdict verdict) {
    switch (verdict) {
    case ATM_APPROVED:
        return ATM_EXIT_APPROVED;
    case ATM_DECLINED:
        return ATM_EXIT_DECLINED;
    case ATM_REFUSED:
        return ATM_EXIT_REFUSED;
    case ATM_UNANSWERED:
    case ATM_PENDING:
        return ATM_EXIT_UNANSWERED;
    case ATM_FAULT:
    case ATM_SUSPECT:
        return ATM_EXIT_FAULT;
    }
    return ATM_EXIT_FAULT;
}
