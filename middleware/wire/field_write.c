/*
 * Writing and clearing messages, by the same tables that read them. Text from our own structs is
 * checked for UTF-8 where it may come from outside (names, remittance); what is generated here is
 * not.
 */
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "core/iban.h"
#include "core/money.h"
#include "core/pan.h"
#include "core/rc.h"
#include "core/uuid.h"
#include "wire/field.h"

static const void *at(const void *message, size_t offset) {
    return (const char *)message + offset;
}

static bool is_zero(const struct tw_field *field, const void *value) {
    switch (field->kind) {
    case TW_FIELD_BOOL:
        return !*(const bool *)value;
    case TW_FIELD_INT:
    case TW_FIELD_AMOUNT:
        return *(const int64_t *)value == 0;
    case TW_FIELD_STRING:
    case TW_FIELD_DIGITS:
    case TW_FIELD_PAN:
        return *(const char *)value == '\0';
    case TW_FIELD_TEXT:
        return !*(char *const *)value || **(char *const *)value == '\0';
    case TW_FIELD_UUID: {
        static const struct tw_uuid nil = {0};
        return tw_uuid_equal(value, &nil);
    }
    case TW_FIELD_CURRENCY:
        return ((const struct tw_currency *)value)->code[0] == '\0';
    case TW_FIELD_IBAN:
        return ((const struct tw_iban *)value)->account == 0;
    case TW_FIELD_DATE:
    case TW_FIELD_BANK_CODE:
    case TW_FIELD_TERMINAL_ID:
    case TW_FIELD_EXPIRY:
        return *(const int32_t *)value == 0;
    case TW_FIELD_RC:
        return *(const enum tw_rc *)value == TW_RC_APPROVED;
    case TW_FIELD_LIST:
        break;
    }
    tw_assert(false);
    return false;
}

static json_t *write_digits(int32_t number, size_t count) {
    char text[9];
    tw_assert(number >= 0 && count < sizeof text);
    for (size_t i = count; i > 0; i--) {
        text[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    tw_assert(number == 0);
    return json_stringn_nocheck(text, count);
}

static json_t *write_value(const struct tw_field *field, const void *value) {
    char text[64];
    switch (field->kind) {
    case TW_FIELD_BOOL:
        return json_boolean(*(const bool *)value);
    case TW_FIELD_INT:
    case TW_FIELD_AMOUNT:
        return json_integer(*(const int64_t *)value);
    case TW_FIELD_STRING:
    case TW_FIELD_DIGITS:
    case TW_FIELD_PAN:
        return json_string(value);
    case TW_FIELD_TEXT:
        return json_string(*(char *const *)value ? *(char *const *)value : "");
    case TW_FIELD_UUID:
        return json_string_nocheck(tw_uuid_text(value, text));
    case TW_FIELD_DATE:
        return json_string_nocheck(tw_date_text(*(const int32_t *)value, text));
    case TW_FIELD_CURRENCY:
        return json_string_nocheck(((const struct tw_currency *)value)->code);
    case TW_FIELD_IBAN:
        return json_string_nocheck(tw_iban_text(*(const struct tw_iban *)value, text));
    case TW_FIELD_BANK_CODE:
    case TW_FIELD_TERMINAL_ID:
        return write_digits(*(const int32_t *)value, 8);
    case TW_FIELD_EXPIRY:
        return write_digits(*(const int32_t *)value, 4);
    case TW_FIELD_RC:
        return json_string_nocheck(tw_rc_digits(*(const enum tw_rc *)value));
    case TW_FIELD_LIST:
        break;
    }
    tw_assert(false);
    return NULL;
}

/* Whether a field is written: required ones always, amounts of an approval even when zero. */
static bool is_written(const struct tw_field *field, const void *value, bool approved) {
    return !field->optional || (field->with_approval && approved) || !is_zero(field, value);
}

/* All members but lists; NULL when memory ran out. */
static json_t *write_members(const struct tw_field *fields, const void *message) {
    json_t *object = json_object();
    bool approved = false;
    for (const struct tw_field *field = fields; object && field->name; field++) {
        if (field->kind == TW_FIELD_LIST) {
            continue;
        }
        const void *value = at(message, field->offset);
        if (field->kind == TW_FIELD_RC) {
            approved = *(const enum tw_rc *)value == TW_RC_APPROVED;
        }
        if (!is_written(field, value, approved)) {
            continue;
        }
        if (json_object_set_new_nocheck(object, field->name, write_value(field, value)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *write_list(const struct tw_field *field, const void *message) {
    const size_t count = *(const size_t *)at(message, field->count_offset);
    tw_assert(count <= field->list_max);
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++) {
        const void *element = at(message, field->offset + i * field->size);
        if (json_array_append_new(list, write_members(field->element, element)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *tw_fields_write(const struct tw_field *fields, const void *message) {
    json_t *object = write_members(fields, message);
    for (const struct tw_field *field = fields; object && field->name; field++) {
        if (field->kind != TW_FIELD_LIST ||
            (field->optional && *(const size_t *)at(message, field->count_offset) == 0)) {
            continue;
        }
        if (json_object_set_new_nocheck(object, field->name, write_list(field, message)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static void clear_members(const struct tw_field *fields, void *message) {
    for (const struct tw_field *field = fields; field->name; field++) {
        void *value = (char *)message + field->offset;
        if (field->kind == TW_FIELD_TEXT) {
            free(*(char **)value);
            *(char **)value = NULL;
        } else if (field->kind == TW_FIELD_PAN) {
            explicit_bzero(value, TW_PAN_TEXT_SIZE);
        }
    }
}

void tw_fields_clear(const struct tw_field *fields, void *message) {
    clear_members(fields, message);
    for (const struct tw_field *field = fields; field->name; field++) {
        for (size_t i = 0; field->kind == TW_FIELD_LIST && i < field->list_max; i++) {
            clear_members(field->element, (char *)message + field->offset + i * field->size);
        }
    }
}
