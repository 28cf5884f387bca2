/*
 * Currencies from one sorted table, found by bisection. Amounts are read and written digit by digit
 * in integers; a decimal point only ever moves by the currency's exponent. strtod and friends never
 * come near money.
 */
#include "core/money.h"

#include <string.h>

struct currency_entry {
    char code[4];
    int exponent;
};

static const struct currency_entry currencies[] = {
#define TW_CURRENCY(code, exponent) {code, exponent},
#include "core/currency.def"
#undef TW_CURRENCY
};

static const struct currency_entry *currency_find(const char *code) {
    size_t low = 0;
    size_t high = sizeof currencies / sizeof currencies[0];
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strncmp(code, currencies[middle].code, sizeof currencies[middle].code);
        if (order == 0) {
            return &currencies[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

struct tw_status tw_currency_parse(const char *text, struct tw_currency *ret_currency,
                                   int *ret_exponent, struct tw_error *ret_error) {
    const struct currency_entry *entry = currency_find(text);
    if (!entry) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "not an ISO 4217 currency");
    }
    memcpy(ret_currency->code, entry->code, sizeof ret_currency->code);
    if (ret_exponent) {
        *ret_exponent = entry->exponent;
    }
    return tw_success();
}

bool tw_currency_equal(struct tw_currency a, struct tw_currency b) {
    return memcmp(a.code, b.code, sizeof a.code) == 0;
}

bool tw_money_add(int64_t a_minor, int64_t b_minor, int64_t *ret_sum_minor) {
    int64_t sum_minor;
    if (__builtin_add_overflow(a_minor, b_minor, &sum_minor)) {
        return false;
    }
    *ret_sum_minor = sum_minor;
    return true;
}

static int exponent_of(struct tw_currency currency) {
    const struct currency_entry *entry = currency_find(currency.code);
    tw_assert(entry);
    return entry->exponent;
}

/* Appends one digit; false when the amount would pass 2^53-1. */
static bool append_digit(int64_t *amount_minor, int digit) {
    if (*amount_minor > (TW_AMOUNT_MAX_MINOR - digit) / 10) {
        return false;
    }
    *amount_minor = *amount_minor * 10 + digit;
    return true;
}

struct tw_status tw_money_parse(const char *text, struct tw_currency currency,
                                int64_t *ret_amount_minor, struct tw_error *ret_error) {
    const int exponent = exponent_of(currency);
    int64_t amount_minor = 0;
    int whole = 0;
    int decimals = -1; /* no point yet */
    bool fits = true;
    for (const char *next = text; *next; next++) {
        if (*next == '.' && decimals < 0 && whole > 0) {
            decimals = 0;
            continue;
        }
        if (*next < '0' || *next > '9') {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "not an amount");
        }
        fits = fits && append_digit(&amount_minor, *next - '0');
        *(decimals < 0 ? &whole : &decimals) += 1;
        if (decimals > exponent) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "more than %d decimals", exponent);
        }
    }
    if (whole == 0 || decimals == 0) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "not an amount");
    }
    for (int i = decimals < 0 ? 0 : decimals; i < exponent; i++) {
        fits = fits && append_digit(&amount_minor, 0);
    }
    if (!fits) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "amount is too large");
    }
    *ret_amount_minor = amount_minor;
    return tw_success();
}

const char *tw_money_text(int64_t amount_minor, struct tw_currency currency, char *buffer) {
    const int exponent = exponent_of(currency);
    uint64_t rest = amount_minor < 0 ? -(uint64_t)amount_minor : (uint64_t)amount_minor;
    char reversed[TW_MONEY_TEXT_SIZE];
    size_t length = 0;
    for (int digits = 0; rest > 0 || digits <= exponent; digits++) {
        if (digits == exponent && exponent > 0) {
            reversed[length++] = '.';
        }
        reversed[length++] = (char)('0' + rest % 10);
        rest /= 10;
    }
    char *out = buffer;
    if (amount_minor < 0) {
        *out++ = '-';
    }
    while (length > 0) {
        *out++ = reversed[--length];
    }
    *out = '\0';
    return buffer;
}
