/*
 * The JSON reader: any bytes are refused with a reason, or become a value that is written as one
 * line and read back as the same value. Small limits are tried too; they may only refuse more.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

/* What was accepted must survive writing and reading. */
static void write_and_read_back(const json_t *json) {
    const struct tw_json_limits wide = {.bytes = SIZE_MAX, .depth = 64, .values = SIZE_MAX};
    struct tw_error error = {0};
    char *line = NULL;
    size_t length = 0;
    TW_JSON_OWNED json_t *back = NULL;
    struct tw_status status = tw_json_line(json, &line, &length, &error);
    tw_assert(tw_ok(status));
    tw_assert(length > 0 && memchr(line, '\n', length) == line + length - 1);
    status = tw_json_parse(line, length, wide, &back, &error);
    tw_assert(tw_ok(status) && json_equal(json, back));
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct tw_json_limits narrow = {.bytes = 200, .depth = 3, .values = 20};
    struct tw_error error = {0};
    TW_JSON_OWNED json_t *json = NULL;
    TW_JSON_OWNED json_t *within = NULL;
    const char *bytes = (const char *)data;
    const struct tw_status status =
        tw_json_parse(bytes, size, TW_JSON_LIMITS_DEFAULT, &json, &error);
    const struct tw_status strict = tw_json_parse(bytes, size, narrow, &within, NULL);
    tw_assert(tw_ok(status) == (json != NULL));
    tw_assert(tw_ok(status) || error.detail[0] != '\0');
    tw_assert(tw_ok(status) || !tw_ok(strict));
    if (json) {
        write_and_read_back(json);
    }
    return 0;
}
