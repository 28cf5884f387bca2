/* Every parser checks the characters itself before a library function converts them, because
 * strtoll would accept blanks, signs and a trailing rest. */
#include "ctl/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/iban.h"
#include "wire/message.h"

static bool all_digits(const char *text, size_t length) {
    return length > 0 && strspn(text, "0123456789") == length;
}

struct tw_status ctl_parse_account(const char *text, int32_t bank_code, int64_t *ret_account,
                                   struct tw_error *ret_error) {
    if (all_digits(text, strlen(text))) {
        return ctl_parse_number("account", text, 1, TW_ACCOUNT_CUSTOMER_MAX, ret_account,
                                ret_error);
    }
    struct tw_iban iban;
    struct tw_status status = tw_iban_parse(text, &iban, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    if (iban.bank_code != bank_code) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s is an account of bank %d", text,
                       iban.bank_code);
    }
    *ret_account = iban.account;
    return tw_success();
}

static bool contains(const int64_t *accounts, size_t count, int64_t account) {
    for (size_t i = 0; i < count; i++) {
        if (accounts[i] == account) {
            return true;
        }
    }
    return false;
}

struct tw_status ctl_parse_accounts(const char *text, int32_t bank_code, int64_t *ret_accounts,
                                    size_t *ret_count, struct tw_error *ret_error) {
    *ret_count = 0;
    for (const char *at = text;; at++) {
        char one[TW_IBAN_TEXT_SIZE];
        size_t length = strcspn(at, ",");
        if (length == 0 || length >= sizeof one || *ret_count == TW_ACCOUNTS_MAX) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                           "accounts must be 1 to %d accounts separated by commas",
                           TW_ACCOUNTS_MAX);
        }
        memcpy(one, at, length);
        one[length] = '\0';
        int64_t account = 0;
        struct tw_status status = ctl_parse_account(one, bank_code, &account, ret_error);
        if (!tw_ok(status)) {
            return status;
        }
        if (contains(ret_accounts, *ret_count, account)) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "account %s is given twice", one);
        }
        ret_accounts[(*ret_count)++] = account;
        at += length;
        if (*at == '\0') {
            return tw_success();
        }
    }
}

struct tw_status ctl_parse_expiry(const char *text, int32_t *ret_expiry,
                                  struct tw_error *ret_error) {
    int64_t number = 0;
    struct tw_status status = ctl_parse_number("expiry", text, 1, 9912, &number, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    if (strlen(text) != 4 || number % 100 < 1 || number % 100 > 12) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "expiry must be YYMM");
    }
    *ret_expiry = (int32_t)number;
    return tw_success();
}

bool ctl_pin_valid(const char *pin) {
    size_t length = strlen(pin);
    return all_digits(pin, length) && length >= 4 && length < TW_PIN_TEXT_SIZE;
}

struct tw_status ctl_parse_card_id(const char *text, int64_t *ret_id, struct tw_error *ret_error) {
    size_t length = strlen(text);
    bool digits = all_digits(text, length);
    errno = 0;
    long long id = digits ? strtoll(text, NULL, 10) : 0;
    bool issued = digits && length == CTL_CARD_ID_DIGITS && errno == 0 && !tw_pan_valid(text);
    if (tw_pan_suspected(text) && !issued) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "a card number is not taken from the command line, where others can read "
                       "it: give the card's id, --pan-file FILE or --pan-stdin");
    }
    if (id < 1 || errno != 0) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "a card is given by its id (see card list), --pan-file or --pan-stdin");
    }
    *ret_id = id;
    return tw_success();
}
