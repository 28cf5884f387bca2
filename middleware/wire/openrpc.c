/*
 * The OpenRPC document, from the catalogue. Messages stand once under components and are referred
 * to, so that the whole document stays well under the line limit that an answer to rpc.discover
 * has to keep. Parts are built by functions that answer NULL when memory ran out; json_pack passes
 * such a NULL on, so that only the top needs to look.
 */
#include "wire/method.h"

#include <string.h>

#include "wire/json.h"

#define OPENRPC_VERSION "1.2.6"

struct component {
    const char *name;
    const struct tw_field *fields;
};

/* Each stem once per use; setting a schema twice under one name is harmless. */

static const struct component results[] = {
#define TW_METHOD_RESULT(id, name, request, result, summary) {#result, tw_##result##_fields},
    TW_METHODS(TW_METHOD_RESULT)
#undef TW_METHOD_RESULT
};

static json_t *reference(const char *folder, const char *name) {
    return json_pack("{so}", "$ref", json_sprintf("#/components/%s/%s", folder, name));
}

static bool is_header_field(const char *name) {
    for (const struct tw_field *field = tw_header_fields; field->name; field++) {
        if (strcmp(field->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* OpenRPC's parameter: a name, whether it must be there, and its schema. */
static json_t *content_descriptor(const char *name, json_t *schema, const json_t *required) {
    bool is_required = false;
    size_t i;
    const json_t *one;
    json_array_foreach(required, i, one) {
        is_required = is_required || strcmp(json_string_value(one), name) == 0;
    }
    return json_pack("{ss sb sO}", "name", name, "required", is_required, "schema", schema);
}

/* Descriptors of all members of a message, in order. Header members as references, if asked for. */
static json_t *descriptors(const struct tw_field *fields, bool refer_to_header) {
    TW_JSON_OWNED json_t *schema = tw_fields_schema(fields);
    json_t *properties = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    json_t *list = json_array();
    const char *name;
    json_t *property;
    json_object_foreach(properties, name, property) {
        json_t *descriptor = refer_to_header && is_header_field(name)
                                 ? reference("contentDescriptors", name)
                                 : content_descriptor(name, property, required);
        if (json_array_append_new(list, descriptor) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    if (!schema) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *header_descriptors(void) {
    TW_JSON_OWNED json_t *list = descriptors(tw_header_fields, false);
    json_t *object = json_object();
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) {
        if (json_object_set(object, json_string_value(json_object_get(one, "name")), one) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    if (!list) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *method_object(size_t i) {
    const struct tw_method *method = tw_method((enum tw_method_id)i);
    return json_pack("{ss ss ss so s{ss so}}", "name", method->name, "summary", method->summary,
                     "paramStructure", "by-name", "params", descriptors(method->request, true),
                     "result", "name", results[i].name, "schema",
                     reference("schemas", results[i].name));
}

/* rpc.ping belongs to the server module, not to the catalogue. */
static json_t *ping_object(void) {
    return json_pack("{ss ss ss s[] s{ss s{ss}}}", "name", "rpc.ping", "summary",
                     "answered by every server itself; keeps a connection alive", "paramStructure",
                     "by-name", "params", "result", "name", "nothing", "schema", "type", "object");
}

static json_t *method_list(void) {
    json_t *list = json_array();
    bool made = list && json_array_append_new(list, ping_object()) == 0;
    for (size_t i = 0; made && i < TW_METHOD_COUNT; i++) {
        made = json_array_append_new(list, method_object(i)) == 0;
    }
    if (!made) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *result_schemas(void) {
    json_t *schemas = json_object();
    for (size_t i = 0; i < TW_METHOD_COUNT; i++) {
        if (json_object_get(schemas, results[i].name)) {
            continue;
        }
        json_t *schema = tw_fields_schema(results[i].fields);
        if (json_object_set_new(schemas, results[i].name, schema) != 0) {
            json_decref(schemas);
            return NULL;
        }
    }
    return schemas;
}

/* Numbers that a client can see; what becomes INTERNAL is not listed under its own name. */
static json_t *error_list(void) {
    static const enum tw_code codes[] = {
#define TW_ERROR(name, class, number, rc, text) TW_E_##name,
#include "core/error.def"
#undef TW_ERROR
    };
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        const enum tw_code code = codes[i];
        const int number = tw_code_json_rpc(code);
        if (number == tw_code_json_rpc(TW_E_INTERNAL) && code != TW_E_INTERNAL) {
            continue;
        }
        json_t *one = json_pack("{si ss s{ss}}", "code", number, "message", tw_code_text(code),
                                "data", "rc", tw_code_rc(code));
        if (json_array_append_new(list, one) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *response_codes(void) {
    json_t *object = json_object();
    for (size_t i = 0; i < TW_RC_COUNT; i++) {
        const enum tw_rc rc = (enum tw_rc)i;
        if (json_object_set_new(object, tw_rc_digits(rc), json_string(tw_rc_text(rc))) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

json_t *tw_method_openrpc(void) {
    return json_pack("{ss s{ss ss ss} so s{so so} so so}", "openrpc", OPENRPC_VERSION, "info",
                     "title", "Tellerwire", "version", TW_VERSION, "description",
                     "Operations of terminals and acquirers. docs/PROTOCOL.md says what they mean.",
                     "methods", method_list(), "components", "schemas", result_schemas(),
                     "contentDescriptors", header_descriptors(), "x-errors", error_list(),
                     "x-response-codes", response_codes());
}
