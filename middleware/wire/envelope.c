/*
 * Envelopes are read member by member in one pass over the object, which also finds the members
 * that do not belong. The id is looked for first and on its own, so that even a bad request can be
 * answered under its id. Nothing that was sent is quoted in a reason.
 */
#include "wire/envelope.h"

#include <string.h>

#include "wire/write.h"

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

static bool write_id(struct tw_buffer *out, const json_t *id) {
    if (!id || json_is_null(id)) {
        return tw_write_plain(out, "null");
    }
    return json_is_integer(id) ? tw_write_integer(out, json_integer_value(id))
                               : tw_write_string(out, json_string_value(id));
}

static bool write_start(struct tw_buffer *out, const json_t *id) {
    return tw_write_plain(out, "{\"jsonrpc\":\"2.0\",\"id\":") && write_id(out, id);
}

bool tw_envelope_write_answer(struct tw_buffer *out, const json_t *id, bool is_error,
                              struct tw_text content) {
    return write_start(out, id) && tw_write_plain(out, is_error ? ",\"error\":" : ",\"result\":") &&
           tw_buffer_append(out, content.bytes, content.length) && tw_write_plain(out, "}");
}

/* ,"name":text unless text is NULL or "". */
static bool write_optional(struct tw_buffer *out, const char *start, const char *text) {
    return !text || text[0] == '\0' || (tw_write_plain(out, start) && tw_write_string(out, text));
}

bool tw_envelope_write_error(struct tw_buffer *out, const json_t *id, const struct tw_error *error,
                             const char *trace_id) {
    /* What has no number of its own is our affair: the client gets the id, the log the reason. */
    const bool internal = tw_code_json_rpc(error->code) == tw_code_json_rpc(TW_E_INTERNAL);
    const enum tw_code code = internal ? TW_E_INTERNAL : error->code;
    return write_start(out, id) && tw_write_plain(out, ",\"error\":{\"code\":") &&
           tw_write_integer(out, tw_code_json_rpc(code)) && tw_write_plain(out, ",\"message\":") &&
           tw_write_string(out, tw_code_text(code)) && tw_write_plain(out, ",\"data\":{\"rc\":") &&
           tw_write_string(out, tw_code_rc(code)) &&
           write_optional(out, ",\"reason\":", internal ? NULL : error->detail) &&
           write_optional(out, ",\"trace_id\":", trace_id) && tw_write_plain(out, "}}}");
}

static bool write_request_start(struct tw_buffer *out, int64_t id, const char *method) {
    return tw_write_plain(out, "{\"jsonrpc\":\"2.0\",\"id\":") && tw_write_integer(out, id) &&
           tw_write_plain(out, ",\"method\":") && tw_write_string(out, method) &&
           tw_write_plain(out, ",\"params\":{");
}

bool tw_envelope_write_request(struct tw_buffer *out, int64_t id, const char *method,
                               int64_t deadline_ms, struct tw_text params) {
    tw_assert(params.length >= 2 && params.bytes[0] == '{');
    const bool alone = params.length == 2;
    return write_request_start(out, id, method) && tw_write_plain(out, "\"deadline_ms\":") &&
           tw_write_integer(out, deadline_ms) && tw_write_plain(out, alone ? "" : ",") &&
           tw_buffer_append(out, params.bytes + 1, params.length - 1) && tw_write_plain(out, "}");
}

bool tw_envelope_write_echo(struct tw_buffer *out, int64_t id, const char *method) {
    return write_request_start(out, id, method) && tw_write_plain(out, "}}");
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
