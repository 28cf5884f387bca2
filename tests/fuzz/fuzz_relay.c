/*
 * Relaying text: whatever the bytes are, nothing is read beyond them; of a line that parses, the
 * members that go on as text are those that go on by the tree; an answer that is relayed unparsed
 * has the id and the result that the parser finds, if it parses at all.
 */
#include <stdint.h>
#include <string.h>

#include "wire/envelope.h"
#include "wire/relay.h"

static const char *const ours[] = {"acquirer", "traceparent", "deadline_ms", NULL};

#define START "{\"a first member\":0"

/* The object of START and the members that were appended to it; frees text. */
static json_t *whole(struct tw_buffer *text) {
    struct tw_json_limits limits = TW_JSON_LIMITS_DEFAULT;
    limits.bytes *= 8; /* the tree's writer may escape what was sent plain */
    json_t *json = NULL;
    tw_assert(tw_buffer_append(text, "}", 1));
    (void)tw_json_parse(tw_buffer_head(text), tw_buffer_length(text), limits, &json, NULL);
    tw_buffer_free(text);
    return json;
}

static void relay_request(struct tw_text line, json_t *params) {
    struct tw_buffer by_text = {0};
    struct tw_buffer by_tree = {0};
    tw_assert(tw_buffer_append(&by_text, START, strlen(START)) &&
              tw_buffer_append(&by_tree, START, strlen(START)));
    const bool relayed = tw_relay_params(line, ours, &by_text);
    tw_assert(relayed || tw_buffer_length(&by_text) == strlen(START));
    tw_assert(tw_relay_tree(params, ours, &by_tree));
    TW_JSON_OWNED json_t *from_text = whole(&by_text);
    TW_JSON_OWNED json_t *from_tree = whole(&by_tree);
    tw_assert(!relayed || (!from_text == !from_tree));
    tw_assert(!relayed || !from_text || json_equal(from_text, from_tree));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct tw_text line = {(const char *)data, size};
    TW_JSON_OWNED json_t *document = NULL;
    struct tw_text result = {0};
    int64_t id = -1;
    const bool relayed = tw_relay_answer(line, TW_JSON_LIMITS_DEFAULT, &id, &result);
    const struct tw_status parsed =
        tw_json_parse(line.bytes, line.length, TW_JSON_LIMITS_DEFAULT, &document, NULL);
    if (!tw_ok(parsed)) {
        return 0;
    }
    if (relayed) {
        TW_JSON_OWNED json_t *text = NULL;
        tw_assert(json_integer_value(json_object_get(document, "id")) == id);
        tw_assert(
            tw_ok(tw_json_parse(result.bytes, result.length, TW_JSON_LIMITS_DEFAULT, &text, NULL)));
        tw_assert(json_equal(text, json_object_get(document, "result")));
    }
    json_t *params = json_object_get(document, "params");
    if (json_is_object(params)) {
        relay_request(line, params);
    }
    return 0;
}
