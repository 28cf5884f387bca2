/*
 * Envelopes in both directions: a request that is accepted has a method and params and is answered
 * under its id, whatever happens; an answer that is accepted has an id and exactly one content.
 */
#include <stdint.h>
#include <string.h>

#include "wire/envelope.h"

/* Frees out. */
static void check_answer(struct tw_buffer *out, json_t *id, const char *content) {
    TW_JSON_OWNED json_t *answer = NULL;
    tw_assert(tw_ok(tw_json_parse(tw_buffer_head(out), tw_buffer_length(out),
                                  TW_JSON_LIMITS_DEFAULT, &answer, NULL)));
    const json_t *answered = json_object_get(answer, "id");
    tw_assert(id ? json_equal(answered, id) : json_is_null(answered));
    tw_assert(json_is_object(json_object_get(answer, content)));
    tw_buffer_free(out);
}

static void read_request(json_t *document) {
    struct tw_envelope envelope;
    struct tw_error error = {0};
    const struct tw_status status = tw_envelope_read(document, &envelope, &error);
    if (!tw_ok(status)) {
        tw_assert(error.code == status.code && error.detail[0] != '\0');
        struct tw_buffer out = {0};
        tw_assert(tw_envelope_write_error(&out, envelope.id, &error, NULL));
        check_answer(&out, envelope.id, "error");
        return;
    }
    tw_assert(strlen(envelope.method) > 0 && strlen(envelope.method) <= TW_METHOD_NAME_MAX);
    tw_assert(json_is_object(envelope.params));
    struct tw_buffer out = {0};
    tw_assert(tw_envelope_write_answer(&out, envelope.id, false, (struct tw_text){"{}", 2}));
    check_answer(&out, envelope.id, "result");
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
