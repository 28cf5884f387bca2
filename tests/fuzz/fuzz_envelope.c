/*
 * Envelopes in both directions: a request that is accepted has a method and params and is answered
 * under its id, whatever happens; an answer that is accepted has an id and exactly one content.
 */
#include <stdint.h>
#include <string.h>

#include "wire/envelope.h"

static void read_request(json_t *document) {
    struct tw_envelope envelope;
    struct tw_error error = {0};
    const struct tw_status status = tw_envelope_read(document, &envelope, &error);
    if (!tw_ok(status)) {
        tw_assert(error.code == status.code && error.detail[0] != '\0');
        TW_JSON_OWNED json_t *answer = tw_envelope_error(envelope.id, &error, NULL);
        tw_assert(json_is_object(json_object_get(answer, "error")));
        return;
    }
    tw_assert(strlen(envelope.method) > 0 && strlen(envelope.method) <= TW_METHOD_NAME_MAX);
    tw_assert(json_is_object(envelope.params));
    TW_JSON_OWNED json_t *answer = tw_envelope_result(envelope.id, json_object());
    const json_t *id = json_object_get(answer, "id");
    tw_assert(envelope.id ? json_equal(id, envelope.id) : json_is_null(id));
}

static void read_answer(json_t *document) {
    int64_t id;
    json_t *result = NULL;
    json_t *rpc_error = NULL;
    const struct tw_status status = tw_envelope_answer(document, &id, &result, &rpc_error, NULL);
    tw_assert(!tw_ok(status) || !result != !rpc_error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TW_JSON_OWNED json_t *document = NULL;
    const struct tw_status status =
        tw_json_parse((const char *)data, size, TW_JSON_LIMITS_DEFAULT, &document, NULL);
    if (tw_ok(status)) {
        read_answer(document);
        read_request(document);
    }
    return 0;
}
