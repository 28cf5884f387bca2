/*
 * Reading messages. One function per kind, chosen by a switch; a message is one pass over its table
 * with one hash lookup per field. Members that the table lacks are found by counting: only when the
 * object has more members than were found is it walked to name the stranger. Lists are read after
 * the single members and hold no lists themselves, so nothing here recurses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "core/iban.h"
#include "core/money.h"
#include "core/pan.h"
#include "core/rc.h"
#include "core/utf8.h"
#include "core/uuid.h"
#include "wire/field.h"

static void *at(void *message, size_t offset) {
    return (char *)message + offset;
}

static struct tw_status refuse(const struct tw_field *field, const char *reason,
                               struct tw_error *ret_error) {
    return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: %s", field->name, reason);
}

static struct tw_status read_integer(const struct tw_field *field, const json_t *value,
                                     int64_t *ret_integer, struct tw_error *ret_error) {
    if (!json_is_integer(value)) {
        return refuse(field, "not an integer", ret_error);
    }
    const int64_t max = field->kind == TW_FIELD_AMOUNT ? TW_AMOUNT_MAX_MINOR : field->max;
    const int64_t integer = json_integer_value(value);
    if (integer < field->min || integer > max) {
        return refuse(field, "out of range", ret_error);
    }
    *ret_integer = integer;
    return tw_success();
}

/* Value of text that is exactly `count` digits; -1 otherwise. */
static int64_t digits_value(const char *text, size_t length, size_t count) {
    if (length != count) {
        return -1;
    }
    int64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* line_ends: PEM needs them. Jansson has checked the UTF-8 already. */
static bool all_printable(const char *text, size_t length, bool line_ends) {
    for (size_t i = 0; i < length;) {
        const unsigned char byte = (unsigned char)text[i];
        uint32_t character = byte;
        const size_t count = byte < 0x80 ? 1 : tw_utf8_decode(text + i, length - i, &character);
        const bool line_end = line_ends && (byte == '\n' || byte == '\r');
        if (count == 0 || (!line_end && !tw_utf8_printable(character))) {
            return false;
        }
        i += count;
    }
    return true;
}

static struct tw_status check_text(const struct tw_field *field, const char *text, size_t length,
                                   size_t max, struct tw_error *ret_error) {
    if (length == 0 && !field->optional) {
        return refuse(field, "empty", ret_error);
    }
    if (length > max) {
        return refuse(field, "too long", ret_error);
    }
    if (!all_printable(text, length, field->kind == TW_FIELD_TEXT)) {
        return refuse(field, "not printable", ret_error);
    }
    return tw_success();
}

static struct tw_status read_text(const struct tw_field *field, const char *text, size_t length,
                                  char **ret_text, struct tw_error *ret_error) {
    const struct tw_status checked = check_text(field, text, length, field->size, ret_error);
    if (!tw_ok(checked)) {
        return checked;
    }
    char *copy = malloc(length + 1);
    if (!copy) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "%s", field->name);
    }
    memcpy(copy, text, length + 1);
    *ret_text = copy;
    return tw_success();
}

static struct tw_status read_short_text(const struct tw_field *field, const char *text,
                                        size_t length, char *ret_text, struct tw_error *ret_error) {
    const struct tw_status checked = check_text(field, text, length, field->size - 1, ret_error);
    if (tw_ok(checked)) {
        memcpy(ret_text, text, length + 1);
    }
    return checked;
}

static struct tw_status read_digits(const struct tw_field *field, const char *text, size_t length,
                                    char *ret_digits, struct tw_error *ret_error) {
    if (digits_value(text, length, field->size - 1) < 0) {
        return refuse(field, "not the right number of digits", ret_error);
    }
    memcpy(ret_digits, text, length + 1);
    return tw_success();
}

static struct tw_status read_uuid(const struct tw_field *field, const char *text,
                                  struct tw_uuid *ret_uuid, struct tw_error *ret_error) {
    static const struct tw_uuid nil = {0};
    if (!tw_uuid_parse(text, ret_uuid) || tw_uuid_equal(ret_uuid, &nil)) {
        return refuse(field, "not a UUID", ret_error);
    }
    return tw_success();
}

static struct tw_status read_date(const struct tw_field *field, const char *text, int32_t *ret_days,
                                  struct tw_error *ret_error) {
    if (!tw_date_parse(text, ret_days)) {
        return refuse(field, "not a date", ret_error);
    }
    return tw_success();
}

static struct tw_status read_currency(const struct tw_field *field, const char *text,
                                      struct tw_currency *ret_currency,
                                      struct tw_error *ret_error) {
    if (!tw_ok(tw_currency_parse(text, ret_currency, NULL, NULL))) {
        return refuse(field, "not an ISO 4217 currency", ret_error);
    }
    return tw_success();
}

static struct tw_status read_iban(const struct tw_field *field, const char *text,
                                  struct tw_iban *ret_iban, struct tw_error *ret_error) {
    struct tw_error reason = {0};
    if (!tw_ok(tw_iban_parse(text, ret_iban, &reason))) {
        return refuse(field, reason.detail, ret_error);
    }
    return tw_success();
}

static struct tw_status read_eight_digits(const struct tw_field *field, const char *text,
                                          size_t length, int32_t *ret_number,
                                          struct tw_error *ret_error) {
    const int64_t number = digits_value(text, length, 8);
    if (number <= 0) {
        return refuse(field, "not eight digits", ret_error);
    }
    *ret_number = (int32_t)number;
    return tw_success();
}

static struct tw_status read_pan(const struct tw_field *field, const char *text, size_t length,
                                 char *ret_pan, struct tw_error *ret_error) {
    if (!tw_pan_valid(text)) {
        return refuse(field, "not a card number", ret_error);
    }
    memcpy(ret_pan, text, length + 1);
    return tw_success();
}

static struct tw_status read_expiry(const struct tw_field *field, const char *text, size_t length,
                                    int32_t *ret_expiry, struct tw_error *ret_error) {
    const int64_t expiry = digits_value(text, length, 4);
    if (expiry < 0 || expiry % 100 < 1 || expiry % 100 > 12) {
        return refuse(field, "not YYMM", ret_error);
    }
    *ret_expiry = (int32_t)expiry;
    return tw_success();
}

static struct tw_status read_rc(const struct tw_field *field, const char *text, size_t length,
                                enum tw_rc *ret_rc, struct tw_error *ret_error) {
    if (length != 2 || !tw_rc_from_digits(text, ret_rc)) {
        return refuse(field, "not a response code", ret_error);
    }
    return tw_success();
}

/* All kinds that are text on the wire. */
static struct tw_status read_string(const struct tw_field *field, const json_t *value,
                                    void *ret_value, struct tw_error *ret_error) {
    const char *text = json_string_value(value);
    const size_t length = json_string_length(value);
    if (!text) {
        return refuse(field, "not a string", ret_error);
    }
    switch (field->kind) {
    case TW_FIELD_STRING:
        return read_short_text(field, text, length, ret_value, ret_error);
    case TW_FIELD_TEXT:
        return read_text(field, text, length, ret_value, ret_error);
    case TW_FIELD_DIGITS:
        return read_digits(field, text, length, ret_value, ret_error);
    case TW_FIELD_UUID:
        return read_uuid(field, text, ret_value, ret_error);
    case TW_FIELD_DATE:
        return read_date(field, text, ret_value, ret_error);
    case TW_FIELD_CURRENCY:
        return read_currency(field, text, ret_value, ret_error);
    case TW_FIELD_IBAN:
        return read_iban(field, text, ret_value, ret_error);
    case TW_FIELD_BANK_CODE:
    case TW_FIELD_TERMINAL_ID:
        return read_eight_digits(field, text, length, ret_value, ret_error);
    case TW_FIELD_PAN:
        return read_pan(field, text, length, ret_value, ret_error);
    case TW_FIELD_EXPIRY:
        return read_expiry(field, text, length, ret_value, ret_error);
    case TW_FIELD_RC:
        return read_rc(field, text, length, ret_value, ret_error);
    case TW_FIELD_BOOL:
    case TW_FIELD_INT:
    case TW_FIELD_AMOUNT:
    case TW_FIELD_LIST:
        break;
    }
    tw_assert(false);
    return tw_success();
}

static struct tw_status read_value(const struct tw_field *field, const json_t *value,
                                   void *ret_value, struct tw_error *ret_error) {
    if (field->kind == TW_FIELD_INT || field->kind == TW_FIELD_AMOUNT) {
        return read_integer(field, value, ret_value, ret_error);
    }
    if (field->kind != TW_FIELD_BOOL) {
        return read_string(field, value, ret_value, ret_error);
    }
    if (!json_is_boolean(value)) {
        return refuse(field, "not true or false", ret_error);
    }
    *(bool *)ret_value = json_is_true(value);
    return tw_success();
}

static const struct tw_field *find_field(const struct tw_field *fields, const char *name) {
    for (const struct tw_field *field = fields; field->name; field++) {
        if (strcmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}

/* Names the stranger only when it looks like a member's name: a secret may stand anywhere. */
static struct tw_status refuse_unknown(const json_t *object, const struct tw_field *fields,
                                       struct tw_error *ret_error) {
    json_t *iterable = (json_t *)(uintptr_t)object; /* Jansson's iterators are not const-correct */
    const char *name = NULL;
    for (void *i = json_object_iter(iterable); i; i = json_object_iter_next(iterable, i)) {
        name = json_object_iter_key(i);
        if (!find_field(fields, name)) {
            break;
        }
    }
    const size_t letters = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz_") : 0;
    if (letters > 0 && letters <= 32 && name[letters] == '\0') {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "%s: unknown member", name);
    }
    return tw_fail(ret_error, TW_E_INVALID_PARAMS, "unknown member");
}

/* All members but lists, whose presence is only counted. */
static struct tw_status read_members(const json_t *object, const struct tw_field *fields,
                                     void *ret_message, struct tw_error *ret_error) {
    if (!json_is_object(object)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "not an object");
    }
    size_t found = 0;
    for (const struct tw_field *field = fields; field->name; field++) {
        const json_t *value = json_object_get(object, field->name);
        if (!value) {
            if (!field->optional) {
                return refuse(field, "missing", ret_error);
            }
            continue;
        }
        found++;
        if (field->kind == TW_FIELD_LIST) {
            continue;
        }
        const struct tw_status read =
            read_value(field, value, at(ret_message, field->offset), ret_error);
        if (!tw_ok(read)) {
            return read;
        }
    }
    if (json_object_size(object) != found) {
        return refuse_unknown(object, fields, ret_error);
    }
    return tw_success();
}

static struct tw_status read_list(const json_t *list, const struct tw_field *field,
                                  void *ret_message, struct tw_error *ret_error) {
    if (!json_is_array(list)) {
        return refuse(field, "not an array", ret_error);
    }
    const size_t count = json_array_size(list);
    if (count > field->list_max) {
        return refuse(field, "too many elements", ret_error);
    }
    for (size_t i = 0; i < count; i++) {
        struct tw_error reason = {0};
        void *element = at(ret_message, field->offset + i * field->size);
        const struct tw_status read =
            read_members(json_array_get(list, i), field->element, element, &reason);
        if (!tw_ok(read)) {
            return tw_fail(ret_error, read.code, "%s[%zu]: %s", field->name, i, reason.detail);
        }
    }
    *(size_t *)at(ret_message, field->count_offset) = count;
    return tw_success();
}

static struct tw_status read_lists(const json_t *object, const struct tw_field *fields,
                                   void *ret_message, struct tw_error *ret_error) {
    for (const struct tw_field *field = fields; field->name; field++) {
        const json_t *list =
            field->kind == TW_FIELD_LIST ? json_object_get(object, field->name) : NULL;
        if (!list) {
            continue;
        }
        const struct tw_status read = read_list(list, field, ret_message, ret_error);
        if (!tw_ok(read)) {
            return read;
        }
    }
    return tw_success();
}

struct tw_status tw_fields_read(const json_t *object, const struct tw_field *fields,
                                void *ret_message, struct tw_error *ret_error) {
    struct tw_status status = read_members(object, fields, ret_message, ret_error);
    if (tw_ok(status)) {
        status = read_lists(object, fields, ret_message, ret_error);
    }
    if (!tw_ok(status)) {
        tw_fields_clear(fields, ret_message);
    }
    return status;
}
