/*
 * Reading JSON from strangers: the only door to Jansson's parser.
 *
 * Before parsing, the bytes are scanned once: length, nesting depth, number of values, NUL bytes;
 * Jansson amplifies memory about 80 times, so nothing unbounded reaches it. Then: duplicate members
 * refused (escaped spellings too), trailing bytes refused, UTF-8 checked. Integers only where
 * integers are asked for (1e2 is a real). Errors: PARSE or TOO_LARGE, with the byte offset.
 */
#ifndef TW_WIRE_JSON_H
#define TW_WIRE_JSON_H

#include <jansson.h>

#include "core/status.h"

struct tw_json_limits {
    size_t bytes;  /* one line, without its line end */
    size_t depth;  /* nesting of arrays and objects */
    size_t values; /* elements and members in the whole document */
};

#define TW_JSON_LIMITS_DEFAULT                                                                     \
    ((struct tw_json_limits){.bytes = 65536, .depth = 16, .values = 4096})

/* Text that stands somewhere else. */
struct tw_text {
    const char *bytes;
    size_t length;
};

/* The scan alone, for text that is passed on without being parsed. */
struct tw_status tw_json_check_limits(struct tw_text text, struct tw_json_limits limits,
                                      struct tw_error *ret_error);

/* From after a string's opening quote to after its closing one; NULL when it does not close. */
const char *tw_json_string_end(const char *at, const char *end);

/* *ret_json is owned by the caller (json_decref). Accepts any JSON value at the top. */
struct tw_status tw_json_parse(const char *bytes, size_t length, struct tw_json_limits limits,
                               json_t **ret_json, struct tw_error *ret_error);

/* Compact text of json plus '\n', malloc'd. */
struct tw_status tw_json_line(const json_t *json, char **ret_line, size_t *ret_length,
                              struct tw_error *ret_error);

/* Cleanup attribute: `TW_JSON_OWNED json_t *params = NULL;` */
static inline void tw_json_drop(json_t **json) {
    json_decref(*json);
}
#define TW_JSON_OWNED __attribute__((cleanup(tw_json_drop)))

#endif
