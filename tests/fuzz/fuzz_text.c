/*
 * The small text parsers of core and wire: UUID, date, IBAN, currency, amount, card number, trace,
 * response code, UTF-8. Each gets the whole text; what one accepts it must write in the same
 * spelling, or in its one canonical spelling.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/date.h"
#include "core/iban.h"
#include "core/money.h"
#include "core/pan.h"
#include "core/rc.h"
#include "core/utf8.h"
#include "core/uuid.h"
#include "wire/trace.h"

#define TEXT_MAX 256

static void read_uuid(const char *text) {
    struct tw_uuid uuid;
    char again[TW_UUID_TEXT_SIZE];
    if (tw_uuid_parse(text, &uuid)) {
        tw_assert(strcasecmp(tw_uuid_text(&uuid, again), text) == 0);
    }
}

static void read_date(const char *text) {
    int32_t days;
    char again[TW_DATE_TEXT_SIZE];
    if (tw_date_parse(text, &days)) {
        tw_assert(strcmp(tw_date_text(days, again), text) == 0);
        tw_assert(tw_date_day_of_year(days) >= 1 && tw_date_day_of_year(days) <= 366);
    }
}

static void read_iban(const char *text) {
    struct tw_iban iban;
    char again[TW_IBAN_TEXT_SIZE];
    const struct tw_status status = tw_iban_parse(text, &iban, NULL);
    if (tw_ok(status)) {
        tw_assert(strcmp(tw_iban_text(iban, again), text) == 0);
    }
}

static void read_money(const char *text) {
    static const char *const codes[] = {"EUR", "JPY", "KWD", "CLF"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct tw_currency currency;
        char written[TW_MONEY_TEXT_SIZE];
        int64_t amount = -1;
        int64_t again = -1;
        struct tw_status status = tw_currency_parse(codes[i], &currency, NULL, NULL);
        tw_assert(tw_ok(status));
        status = tw_money_parse(text, currency, &amount, NULL);
        if (tw_ok(status)) {
            tw_assert(amount >= 0 && amount <= TW_AMOUNT_MAX_MINOR);
            status =
                tw_money_parse(tw_money_text(amount, currency, written), currency, &again, NULL);
            tw_assert(tw_ok(status) && again == amount);
        }
    }
}

static void read_currency(const char *text) {
    struct tw_currency currency;
    int exponent;
    const struct tw_status status = tw_currency_parse(text, &currency, &exponent, NULL);
    tw_assert(!tw_ok(status) || (strcmp(currency.code, text) == 0 && exponent <= 4));
}

static void read_pan(const char *text) {
    char mask[TW_PAN_TEXT_SIZE];
    char digits[TW_PAN_TEXT_SIZE];
    const size_t length = strlen(text);
    tw_assert(strchr(tw_pan_mask(text, mask), '*') != NULL);
    if (tw_pan_valid(text)) {
        memcpy(digits, text, length);
        digits[length - 1] = '\0';
        tw_assert(tw_pan_append_check_digit(digits, sizeof digits));
        tw_assert(memcmp(digits, text, length + 1) == 0);
    }
}

static void read_trace(const char *text) {
    struct tw_trace trace;
    struct tw_trace again;
    char written[56];
    if (tw_trace_parse(text, &trace)) {
        tw_assert(tw_trace_parse(tw_trace_text(&trace, written), &again));
        tw_assert(strcmp(trace.trace_id, again.trace_id) == 0);
        tw_assert(strcmp(trace.span_id, again.span_id) == 0);
    }
}

static void read_rc(const char *text) {
    enum tw_rc rc;
    if (tw_rc_from_digits(text, &rc)) {
        tw_assert(strncmp(tw_rc_digits(rc), text, 2) == 0);
    }
}

static void read_utf8(const char *text) {
    const size_t length = strlen(text);
    for (size_t at = 0; at < length;) {
        uint32_t character;
        const size_t count = tw_utf8_decode(text + at, length - at, &character);
        tw_assert(count <= 4 && (count == 0 || character <= 0x10FFFF));
        at += count > 0 ? count : 1;
    }
    char trimmed[TEXT_MAX + 1];
    memcpy(trimmed, text, length + 1);
    tw_utf8_trim(trimmed);
    tw_assert(strlen(trimmed) + 3 >= length && strncmp(trimmed, text, strlen(trimmed)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const readers[])(const char *text) = {
        read_uuid, read_date,  read_iban, read_money, read_currency,
        read_pan,  read_trace, read_rc,   read_utf8,
    };
    if (size > TEXT_MAX) {
        return 0;
    }
    /* On the heap and not a byte longer, so that a sanitizer sees reading beyond the NUL. */
    char *text = strndup((const char *)data, size);
    tw_assert(text);
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        readers[i](text);
    }
    free(text);
    return 0;
}
