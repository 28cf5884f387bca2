/*
 * Every message: the first byte picks one of the catalogue's requests and results, the rest is the
 * object. What is accepted is written, read again and written again, and the two texts are equal:
 * nothing is lost or changed on the way through the structs. What is refused leaves no text behind.
 */
#include <stdint.h>
#include <string.h>

#include "support/message.h"
#include "wire/json.h"
#include "wire/method.h"

static const struct tw_field *pick(uint8_t choice) {
    const struct tw_method *method = tw_method((enum tw_method_id)(choice % TW_METHOD_COUNT));
    return choice / TW_METHOD_COUNT % 2 == 0 ? method->request : method->result;
}

/* The struct as JSON, by way of JSON; the caller drops it. */
static json_t *through_struct(const json_t *object, const struct tw_field *fields) {
    static union any_message message;
    struct tw_error error = {0};
    memset(&message, 0, sizeof message);
    const struct tw_status status = tw_fields_read(object, fields, &message, &error);
    if (!tw_ok(status)) {
        tw_assert(status.code == TW_E_INVALID_PARAMS && error.detail[0] != '\0');
        return NULL;
    }
    json_t *written = tw_fields_write(fields, &message);
    tw_assert(written);
    tw_fields_clear(fields, &message);
    return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    TW_JSON_OWNED json_t *object = NULL;
    const struct tw_status status = size == 0
                                        ? tw_fail(NULL, TW_E_PARSE, "empty")
                                        : tw_json_parse((const char *)data + 1, size - 1,
                                                        TW_JSON_LIMITS_DEFAULT, &object, NULL);
    if (!tw_ok(status)) {
        return 0;
    }
    const struct tw_field *fields = pick(data[0]);
    TW_JSON_OWNED json_t *once = through_struct(object, fields);
    if (once) {
        TW_JSON_OWNED json_t *twice = through_struct(once, fields);
        tw_assert(twice && json_equal(once, twice));
    }
    return 0;
}
