/*
 * Reads by hand: wire/field.h has no lists of strings, and nothing else needs them. Every object is
 * read by asking for the members it must have and comparing their number, which finds strangers.
 * Names are never quoted in errors; indices and bank codes are.
 */
#include "directory/payload.h"

#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "core/utf8.h"
#include "net/address.h"
#include "wire/json.h"

#define BANK_CODE_MIN  90000000
#define IIN_DIGITS_MIN 6
#define TIME_LENGTH    10 /* "T09:00:00Z" */

static const struct tw_json_limits limits = {
    .bytes = IB_DIRECTORY_TEXT_MAX,
    .depth = 4,
    .values = 8 + IB_BANKS_MAX * (6 + IB_BANK_IINS_MAX + IB_BANK_ADDRESSES_MAX)};

static struct tw_status refuse(struct tw_error *ret_error, const char *reason) {
    return tw_fail(ret_error, TW_E_INVALID_PARAMS, "directory: %s", reason);
}

static bool all_digits(const char *text) {
    return text[strspn(text, "0123456789")] == '\0';
}

/* NULL unless the member is a string of at most `most` bytes, not empty, without a NUL. */
static const char *text_of(const json_t *value, size_t most) {
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    return text != NULL && length > 0 && length <= most && strlen(text) == length ? text : NULL;
}

static bool printable(const char *text) {
    size_t length = strlen(text);
    for (size_t i = 0; i < length;) {
        uint32_t character;
        size_t count = tw_utf8_decode(text + i, length - i, &character);
        if (count == 0 || !tw_utf8_printable(character)) {
            return false;
        }
        i += count;
    }
    return true;
}

static bool read_code(const json_t *value, int32_t *ret_code) {
    const char *text = text_of(value, 8);
    if (text == NULL || strlen(text) != 8 || !all_digits(text)) {
        return false;
    }
    *ret_code = (int32_t)strtol(text, NULL, 10);
    return *ret_code >= BANK_CODE_MIN;
}

static bool read_name(const json_t *value, char ret_name[IB_BANK_NAME_SIZE]) {
    const char *text = text_of(value, IB_BANK_NAME_SIZE - 1);
    if (text == NULL || !printable(text)) {
        return false;
    }
    memcpy(ret_name, text, strlen(text) + 1);
    return true;
}

static bool is_iin(const char *text) {
    return strlen(text) >= IIN_DIGITS_MIN && text[0] == '9' && all_digits(text);
}

/* A list of 1 (or `least`) to `most` different strings that `good` accepts, into rows of `size`. */
static bool read_texts(const json_t *list, size_t least, size_t most, bool (*good)(const char *),
                       char *ret_rows, size_t size, size_t *ret_count) {
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count < least || count > most) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = text_of(json_array_get(list, i), size - 1);
        if (text == NULL || !good(text)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(ret_rows + j * size, text) == 0) {
                return false;
            }
        }
        memcpy(ret_rows + i * size, text, strlen(text) + 1);
    }
    *ret_count = count;
    return true;
}

static const char *read_bank(const json_t *object, struct ib_bank *ret_bank) {
    const char *currency = text_of(json_object_get(object, "currency"), 3);
    if (!read_code(json_object_get(object, "bank_code"), &ret_bank->code)) {
        return "bank_code is not eight digits beginning with 9";
    }
    if (!read_name(json_object_get(object, "name"), ret_bank->name)) {
        return "name is missing, too long or not printable";
    }
    if (currency == NULL || !tw_ok(tw_currency_parse(currency, &ret_bank->currency, NULL, NULL))) {
        return "currency is not one of ISO 4217";
    }
    if (!read_texts(json_object_get(object, "iins"), 0, IB_BANK_IINS_MAX, is_iin, ret_bank->iins[0],
                    sizeof ret_bank->iins[0], &ret_bank->iin_count)) {
        return "iins are not up to 16 different ones of six to eight digits";
    }
    if (!read_texts(json_object_get(object, "addresses"), 1, IB_BANK_ADDRESSES_MAX,
                    tw_address_plausible, ret_bank->addresses[0], sizeof ret_bank->addresses[0],
                    &ret_bank->address_count)) {
        return "addresses are not one to 8 different ones of the form host:port";
    }
    return json_object_size(object) == 5 ? NULL : "unknown member";
}

/* "2026-11-20T09:00:00Z" */
static bool read_issued(const json_t *value, char ret_issued[IB_ISSUED_SIZE]) {
    const char *text = text_of(value, IB_ISSUED_SIZE - 1);
    char date[TW_DATE_TEXT_SIZE] = "";
    int32_t days;
    if (text == NULL || strlen(text) != IB_ISSUED_SIZE - 1) {
        return false;
    }
    memcpy(date, text, sizeof date - 1);
    const char *time = text + TW_DATE_TEXT_SIZE - 1;
    static const char most[TIME_LENGTH + 1] = "T29:59:59Z";
    for (size_t i = 0; i < TIME_LENGTH; i++) {
        bool digit = most[i] >= '0' && most[i] <= '9';
        if (digit ? time[i] < '0' || time[i] > most[i] : time[i] != most[i]) {
            return false;
        }
    }
    memcpy(ret_issued, text, IB_ISSUED_SIZE);
    return tw_date_parse(date, &days) && strncmp(time + 1, "24", 2) < 0;
}

static int compare_banks(const void *a, const void *b) {
    int32_t left = ((const struct ib_bank *)a)->code;
    int32_t right = ((const struct ib_bank *)b)->code;
    return (left > right) - (left < right);
}

static int compare_routes(const void *a, const void *b) {
    return strcmp(((const struct ib_route *)a)->iin, ((const struct ib_route *)b)->iin);
}

static struct tw_status read_banks(const json_t *list, struct ib_directory *directory,
                                   struct tw_error *ret_error) {
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count == 0 || count > IB_BANKS_MAX) {
        return refuse(ret_error, "banks are not a list of 1 to 256");
    }
    directory->banks = calloc(count, sizeof *directory->banks);
    if (directory->banks == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a directory");
    }
    for (size_t i = 0; i < count; i++) {
        const char *reason = read_bank(json_array_get(list, i), &directory->banks[i]);
        if (reason != NULL) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "directory: banks[%zu]: %s", i, reason);
        }
    }
    directory->bank_count = count;
    qsort(directory->banks, count, sizeof *directory->banks, compare_banks);
    for (size_t i = 1; i < count; i++) {
        if (directory->banks[i - 1].code == directory->banks[i].code) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "directory: bank %08d is named twice",
                           (int)directory->banks[i].code);
        }
    }
    return tw_success();
}

static struct tw_status build_routes(struct ib_directory *directory, struct tw_error *ret_error) {
    directory->routes = calloc(directory->bank_count * IB_BANK_IINS_MAX, sizeof *directory->routes);
    if (directory->routes == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a directory");
    }
    for (size_t i = 0; i < directory->bank_count; i++) {
        const struct ib_bank *bank = &directory->banks[i];
        for (size_t j = 0; j < bank->iin_count; j++) {
            struct ib_route *route = &directory->routes[directory->route_count++];
            memcpy(route->iin, bank->iins[j], sizeof route->iin);
            route->bank = i;
        }
    }
    qsort(directory->routes, directory->route_count, sizeof *directory->routes, compare_routes);
    for (size_t i = 1; i < directory->route_count; i++) {
        if (strcmp(directory->routes[i - 1].iin, directory->routes[i].iin) == 0) {
            return tw_fail(ret_error, TW_E_INVALID_PARAMS, "directory: two banks issue IIN %s",
                           directory->routes[i].iin);
        }
    }
    return tw_success();
}

struct tw_status ib_payload_read(const char *bytes, size_t length,
                                 struct ib_directory *ret_directory, struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *payload = NULL;
    struct tw_status status = tw_json_parse(bytes, length, limits, &payload, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    const json_t *serial = json_object_get(payload, "serial");
    ret_directory->serial = json_integer_value(serial);
    if (!json_is_integer(serial) || ret_directory->serial < 1 ||
        ret_directory->serial > TW_AMOUNT_MAX_MINOR) {
        return refuse(ret_error, "serial is not a positive integer");
    }
    if (!read_issued(json_object_get(payload, "issued"), ret_directory->issued)) {
        return refuse(ret_error, "issued is not a time like 2026-11-20T09:00:00Z");
    }
    if (json_object_size(payload) != 3) {
        return refuse(ret_error, "members are not serial, issued and banks");
    }
    status = read_banks(json_object_get(payload, "banks"), ret_directory, ret_error);
    return tw_ok(status) ? build_routes(ret_directory, ret_error) : status;
}
