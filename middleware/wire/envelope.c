/*
 * Envelopes are read member by member in one pass over the object, which also finds the members
 * that do not belong. The id is looked for first and on its own, so that even a bad request can be
 * answered under its id. Nothing that was sent is quoted in a reason.
 */
#include "wire/envelope.h"

#include <string.h>

static bool is_version_2(const json_t *value) {
    const char *version = json_string_value(value);
    return version && strcmp(version, "2.0") == 0;
}

static bool id_allowed(const json_t *id) {
    if (json_is_string(id)) {
        return json_string_length(id) <= TW_ID_TEXT_MAX;
    }
    return json_is_integer(id) || json_is_null(id);
}

static struct tw_status read_method(const json_t *value, const char **ret_method,
                                    struct tw_error *ret_error) {
    const size_t length = json_string_length(value);
    if (length == 0) {
        return tw_fail(ret_error, TW_E_INVALID_REQUEST, "method: not a string with a name");
    }
    if (length > TW_METHOD_NAME_MAX) {
        return tw_fail(ret_error, TW_E_UNKNOWN_METHOD, "longer than %d bytes", TW_METHOD_NAME_MAX);
    }
    *ret_method = json_string_value(value);
    return tw_success();
}

/* Some clients send [] for "no parameters", others leave params out: both become {}. */
static struct tw_status read_params(json_t *document, json_t **ret_params,
                                    struct tw_error *ret_error) {
    json_t *params = json_object_get(document, "params");
    if (json_is_object(params)) {
        *ret_params = params;
        return tw_success();
    }
    if (params && !(json_is_array(params) && json_array_size(params) == 0)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "params: not an object");
    }
    if (json_object_set_new(document, "params", json_object()) != 0) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "params");
    }
    *ret_params = json_object_get(document, "params");
    return tw_success();
}

struct tw_status tw_envelope_read(json_t *document, struct tw_envelope *ret_envelope,
                                  struct tw_error *ret_error) {
    *ret_envelope = (struct tw_envelope){0};
    if (!json_is_object(document)) {
        return tw_fail(ret_error, TW_E_INVALID_REQUEST, "not an object");
    }
    json_t *id = json_object_get(document, "id");
    if (id && !id_allowed(id)) {
        return tw_fail(ret_error, TW_E_INVALID_REQUEST,
                       "id: not an integer, null or a string of at most %d bytes", TW_ID_TEXT_MAX);
    }
    ret_envelope->id = id;
    const json_t *method = json_object_get(document, "method");
    if (!is_version_2(json_object_get(document, "jsonrpc"))) {
        return tw_fail(ret_error, TW_E_INVALID_REQUEST, "jsonrpc: not \"2.0\"");
    }
    const struct tw_status named = read_method(method, &ret_envelope->method, ret_error);
    if (!tw_ok(named)) {
        return named;
    }
    const size_t known = 2u + (id != NULL) + (json_object_get(document, "params") != NULL);
    if (json_object_size(document) != known) {
        return tw_fail(ret_error, TW_E_INVALID_REQUEST,
                       "a member other than jsonrpc, id, method and params");
    }
    return read_params(document, &ret_envelope->params, ret_error);
}

/* {"jsonrpc":"2.0","id":id, name: value}; value is stolen. */
static json_t *answer(json_t *id, const char *name, json_t *value) {
    json_t *document = json_object();
    if (!document || json_object_set_new(document, "jsonrpc", json_string("2.0")) != 0 ||
        json_object_set(document, "id", id ? id : json_null()) != 0) {
        json_decref(value);
        json_decref(document);
        return NULL;
    }
    if (json_object_set_new(document, name, value) != 0) {
        json_decref(document);
        return NULL;
    }
    return document;
}

json_t *tw_envelope_result(json_t *id, json_t *result) {
    return answer(id, "result", result);
}

/* Sets a text member unless text is NULL or "". */
static int set_text(json_t *object, const char *name, const char *text) {
    return text && text[0] ? json_object_set_new(object, name, json_string(text)) : 0;
}

json_t *tw_envelope_error(json_t *id, const struct tw_error *error, const char *trace_id) {
    /* What has no number of its own is our affair: the client gets the id, the log the reason. */
    const bool internal = tw_code_json_rpc(error->code) == tw_code_json_rpc(TW_E_INTERNAL);
    const enum tw_code code = internal ? TW_E_INTERNAL : error->code;
    TW_JSON_OWNED json_t *data = json_object();
    json_t *body = json_object();
    const bool made =
        data && body && set_text(data, "rc", tw_code_rc(code)) == 0 &&
        set_text(data, "reason", internal ? NULL : error->detail) == 0 &&
        set_text(data, "trace_id", trace_id) == 0 &&
        json_object_set_new(body, "code", json_integer(tw_code_json_rpc(code))) == 0 &&
        set_text(body, "message", tw_code_text(code)) == 0 &&
        json_object_set(body, "data", data) == 0;
    if (!made) {
        json_decref(body);
        return NULL;
    }
    return answer(id, "error", body);
}

json_t *tw_envelope_request(int64_t id, const char *method, json_t *params) {
    json_t *document = json_object();
    const bool made = document &&
                      json_object_set_new(document, "jsonrpc", json_string("2.0")) == 0 &&
                      json_object_set_new(document, "id", json_integer(id)) == 0 &&
                      json_object_set_new(document, "method", json_string(method)) == 0 &&
                      json_object_set(document, "params", params) == 0;
    if (!made) {
        json_decref(document);
        return NULL;
    }
    return document;
}

static bool is_rpc_error(const json_t *value) {
    return json_is_object(value) && json_is_integer(json_object_get(value, "code")) &&
           json_is_string(json_object_get(value, "message"));
}

struct tw_status tw_envelope_answer(json_t *document, int64_t *ret_id, json_t **ret_result,
                                    json_t **ret_rpc_error, struct tw_error *ret_error) {
    if (!json_is_object(document) || !is_version_2(json_object_get(document, "jsonrpc"))) {
        return tw_fail(ret_error, TW_E_PEER, "answer is not JSON-RPC 2.0");
    }
    const json_t *id = json_object_get(document, "id");
    json_t *result = json_object_get(document, "result");
    json_t *rpc_error = json_object_get(document, "error");
    if (!result == !rpc_error || json_object_size(document) != 3) {
        return tw_fail(ret_error, TW_E_PEER, "answer has not exactly one of result and error");
    }
    if (rpc_error && !is_rpc_error(rpc_error)) {
        return tw_fail(ret_error, TW_E_PEER, "answer's error is not a JSON-RPC error");
    }
    if (!json_is_integer(id)) {
        return tw_fail(ret_error, TW_E_PEER, "answer has no id of ours");
    }
    *ret_id = json_integer_value(id);
    *ret_result = result;
    *ret_rpc_error = rpc_error;
    return tw_success();
}
