/*
 * The German structure only, as digits: the account identification is 18 digits, so the check
 * digits (ISO 7064 mod 97-10) are computed from two integers without any big number. Comparing
 * with the computed digits, rather than testing for remainder 1, leaves one spelling per account.
 */
#include "core/iban.h"

#define BANK_CODE_MIN 1
#define BANK_CODE_MAX 99999999
#define COUNTRY_DE    131400 /* D is 13, E is 14, and 00 where the check digits will be */

/* The two check digits of a bank code and account. */
static int check_digits(int32_t bank_code, int64_t account) {
    int64_t remainder = bank_code % 97;
    remainder = (remainder * INT64_C(10000000000) + account) % 97;
    remainder = (remainder * 1000000 + COUNTRY_DE) % 97;
    return 98 - (int)remainder;
}

struct tw_status tw_iban_parse(const char *text, struct tw_iban *ret_iban,
                               struct tw_error *ret_error) {
    if (text[0] != 'D' || text[1] != 'E') {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "not a German IBAN");
    }
    int64_t parts[3] = {0, 0, 0}; /* check digits, bank code, account */
    for (int i = 2; i < 22; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "not an IBAN of 22 characters");
        }
        int64_t *part = &parts[i < 4 ? 0 : i < 12 ? 1 : 2];
        *part = *part * 10 + (text[i] - '0');
    }
    if (text[22] != '\0') {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "not an IBAN of 22 characters");
    }
    const struct tw_iban iban = {.bank_code = (int32_t)parts[1], .account = parts[2]};
    if (parts[0] != check_digits(iban.bank_code, iban.account)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "IBAN check digits are wrong");
    }
    if (iban.bank_code < BANK_CODE_MIN || iban.account < TW_ACCOUNT_CUSTOMER_MIN) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "IBAN names no customer account");
    }
    *ret_iban = iban;
    return tw_success();
}

static void write_digits(char *out, int count, int64_t value) {
    for (int i = count - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

const char *tw_iban_text(struct tw_iban iban, char buffer[TW_IBAN_TEXT_SIZE]) {
    tw_assert(iban.bank_code >= BANK_CODE_MIN && iban.bank_code <= BANK_CODE_MAX);
    tw_assert(iban.account >= TW_ACCOUNT_CUSTOMER_MIN && iban.account <= TW_ACCOUNT_CUSTOMER_MAX);
    buffer[0] = 'D';
    buffer[1] = 'E';
    write_digits(buffer + 2, 2, check_digits(iban.bank_code, iban.account));
    write_digits(buffer + 4, 8, iban.bank_code);
    write_digits(buffer + 12, 10, iban.account);
    buffer[22] = '\0';
    return buffer;
}
