/*
 * Writing and clearing messages, by the same tables that read them: straight as text. Who wants a
 * tree gets what Jansson reads from that text, so there is one writer.
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
#include "wire/json.h"
#include "wire/write.h"

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

/* A number as a string of `count` digits. */
static bool write_digits(struct tw_buffer *out, int32_t number, size_t count) {
    char text[9];
    tw_assert(number >= 0 && count < sizeof text);
    text[count] = '\0';
    for (size_t i = count; i > 0; i--) {
        text[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    tw_assert(number == 0);
    return tw_write_string(out, text);
}

static bool write_value(struct tw_buffer *out, const struct tw_field *field, const void *value) {
    char text[64];
    switch (field->kind) {
    case TW_FIELD_BOOL:
        return tw_write_plain(out, *(const bool *)value ? "true" : "false");
    case TW_FIELD_INT:
    case TW_FIELD_AMOUNT:
        return tw_write_integer(out, *(const int64_t *)value);
    case TW_FIELD_STRING:
    case TW_FIELD_DIGITS:
    case TW_FIELD_PAN:
        return tw_write_string(out, value);
    case TW_FIELD_TEXT:
        return tw_write_string(out, *(char *const *)value ? *(char *const *)value : "");
    case TW_FIELD_UUID:
        return tw_write_string(out, tw_uuid_text(value, text));
    case TW_FIELD_DATE:
        return tw_write_string(out, tw_date_text(*(const int32_t *)value, text));
    case TW_FIELD_CURRENCY:
        return tw_write_string(out, ((const struct tw_currency *)value)->code);
    case TW_FIELD_IBAN:
        return tw_write_string(out, tw_iban_text(*(const struct tw_iban *)value, text));
    case TW_FIELD_BANK_CODE:
    case TW_FIELD_TERMINAL_ID:
        return write_digits(out, *(const int32_t *)value, 8);
    case TW_FIELD_EXPIRY:
        return write_digits(out, *(const int32_t *)value, 4);
    case TW_FIELD_RC:
        return tw_write_string(out, tw_rc_digits(*(const enum tw_rc *)value));
    case TW_FIELD_LIST:
        break;
    }
    tw_assert(false);
    return false;
}

/* Whether a field is written: required ones always, amounts of an approval even when zero. */
static bool is_written(const struct tw_field *field, const void *value, bool approved) {
    return !field->optional || (field->with_approval && approved) || !is_zero(field, value);
}

/* The bracket or comma before a member, and its name. */
static bool write_name(struct tw_buffer *out, const char *name, bool *first) {
    const char *start = *first ? "{\"" : ",\"";
    *first = false;
    return tw_write_plain(out, start) && tw_write_plain(out, name) && tw_write_plain(out, "\":");
}

/* All members but lists, without the closing bracket. */
static bool write_members(struct tw_buffer *out, const struct tw_field *fields, const void *message,
                          bool *first) {
    bool approved = false;
    for (const struct tw_field *field = fields; field->name; field++) {
        if (field->kind == TW_FIELD_LIST) {
            continue;
        }
        const void *value = at(message, field->offset);
        if (field->kind == TW_FIELD_RC) {
            approved = *(const enum tw_rc *)value == TW_RC_APPROVED;
        }
        if (is_written(field, value, approved) &&
            (!write_name(out, field->name, first) || !write_value(out, field, value))) {
            return false;
        }
    }
    return true;
}

static bool write_end(struct tw_buffer *out, bool empty) {
    return tw_write_plain(out, empty ? "{}" : "}");
}

static bool write_list(struct tw_buffer *out, const struct tw_field *field, const void *message) {
    const size_t count = *(const size_t *)at(message, field->count_offset);
    tw_assert(count <= field->list_max);
    bool good = tw_write_plain(out, "[");
    for (size_t i = 0; good && i < count; i++) {
        const void *element = at(message, field->offset + i * field->size);
        bool first = true;
        good = tw_write_plain(out, i > 0 ? "," : "") &&
               write_members(out, field->element, element, &first) && write_end(out, first);
    }
    return good && tw_write_plain(out, "]");
}

bool tw_fields_write_text(struct tw_buffer *out, const struct tw_field *fields,
                          const void *message) {
    bool first = true;
    bool good = write_members(out, fields, message, &first);
    for (const struct tw_field *field = fields; good && field->name; field++) {
        if (field->kind != TW_FIELD_LIST ||
            (field->optional && *(const size_t *)at(message, field->count_offset) == 0)) {
            continue;
        }
        good = write_name(out, field->name, &first) && write_list(out, field, message);
    }
    return good && write_end(out, first);
}

json_t *tw_fields_write(const struct tw_field *fields, const void *message) {
    struct tw_buffer text = {0};
    json_t *object = NULL;
    if (tw_fields_write_text(&text, fields, message)) {
        const struct tw_json_limits ours = {.bytes = SIZE_MAX, .depth = 3, .values = SIZE_MAX};
        (void)tw_json_parse(tw_buffer_head(&text), tw_buffer_length(&text), ours, &object, NULL);
    }
    tw_buffer_free(&text);
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
