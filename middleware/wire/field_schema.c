/*
 * JSON Schema (draft 7) of a message, for the OpenRPC document. Each kind has its own few keywords;
 * what a schema cannot say (Luhn, calendar, mod 97) stays with the reader. Not on any hot path, so
 * it builds with json_pack, which answers NULL when any part of it is NULL.
 */
#include "core/money.h"
#include "wire/field.h"

/* {"type":"string","pattern":...} */
static json_t *pattern(const char *expression) {
    return json_pack("{ss ss}", "type", "string", "pattern", expression);
}

static json_t *integer(int64_t min, int64_t max) {
    return json_pack("{ss sI sI}", "type", "integer", "minimum", (json_int_t)min, "maximum",
                     (json_int_t)max);
}

static json_t *text(const struct tw_field *field, size_t max) {
    return json_pack("{ss si sI}", "type", "string", "minLength", field->optional ? 0 : 1,
                     "maxLength", (json_int_t)max);
}

static json_t *digits(size_t count) {
    return json_pack("{ss so}", "type", "string", "pattern", json_sprintf("^[0-9]{%zu}$", count));
}

static json_t *schema_of_kind(const struct tw_field *field) {
    switch (field->kind) {
    case TW_FIELD_BOOL:
        return json_pack("{ss}", "type", "boolean");
    case TW_FIELD_INT:
        return integer(field->min, field->max);
    case TW_FIELD_AMOUNT:
        return integer(field->min, TW_AMOUNT_MAX_MINOR);
    case TW_FIELD_STRING:
        return text(field, field->size - 1);
    case TW_FIELD_TEXT:
        return text(field, field->size);
    case TW_FIELD_DIGITS:
        return digits(field->size - 1);
    case TW_FIELD_UUID:
        return json_pack("{ss ss}", "type", "string", "format", "uuid");
    case TW_FIELD_DATE:
        return json_pack("{ss ss}", "type", "string", "format", "date");
    case TW_FIELD_CURRENCY:
        return pattern("^[A-Z]{3}$");
    case TW_FIELD_IBAN:
        return pattern("^DE[0-9]{20}$");
    case TW_FIELD_BANK_CODE:
    case TW_FIELD_TERMINAL_ID:
        return digits(8);
    case TW_FIELD_PAN:
        return pattern("^[0-9]{12,19}$");
    case TW_FIELD_EXPIRY:
        return pattern("^[0-9]{2}(0[1-9]|1[0-2])$");
    case TW_FIELD_RC:
        return digits(2);
    case TW_FIELD_LIST:
        break;
    }
    tw_assert(false);
    return NULL;
}

/* Adds the field to properties, and to required if it is; false when memory ran out. */
static bool add_property(const struct tw_field *field, json_t *schema /* stolen */,
                         json_t *properties, json_t *required) {
    json_t *about = json_string(field->about ? field->about : field->name);
    if (!schema || json_object_set_new(schema, "description", about) != 0) {
        json_decref(schema);
        return false;
    }
    if (json_object_set_new(properties, field->name, schema) != 0) {
        return false;
    }
    return field->optional || json_array_append_new(required, json_string(field->name)) == 0;
}

static json_t *object_schema(json_t *properties /* stolen */, json_t *required /* stolen */) {
    return json_pack("{ss so so sb}", "type", "object", "properties", properties, "required",
                     required, "additionalProperties", 0);
}

/* The schema of an object without its lists; the caller may still add to both parts. */
static bool members_schema(const struct tw_field *fields, json_t *properties, json_t *required) {
    for (const struct tw_field *field = fields; field->name; field++) {
        if (field->kind != TW_FIELD_LIST &&
            !add_property(field, schema_of_kind(field), properties, required)) {
            return false;
        }
    }
    return true;
}

static json_t *list_schema(const struct tw_field *field) {
    json_t *properties = json_object();
    json_t *required = json_array();
    if (!properties || !required || !members_schema(field->element, properties, required)) {
        json_decref(properties);
        json_decref(required);
        return NULL;
    }
    return json_pack("{ss sI so}", "type", "array", "maxItems", (json_int_t)field->list_max,
                     "items", object_schema(properties, required));
}

json_t *tw_fields_schema(const struct tw_field *fields) {
    json_t *properties = json_object();
    json_t *required = json_array();
    bool made = properties && required && members_schema(fields, properties, required);
    for (const struct tw_field *field = fields; made && field->name; field++) {
        if (field->kind == TW_FIELD_LIST) {
            made = add_property(field, list_schema(field), properties, required);
        }
    }
    if (!made) {
        json_decref(properties);
        json_decref(required);
        return NULL;
    }
    return object_schema(properties, required);
}
