/*
 * Two passes: a scan over the bytes that knows only strings, brackets and commas, then Jansson.
 * The scan bounds what Jansson may allocate and recurse; it does not judge syntax. Values are
 * counted as commas plus opening brackets plus one, which is never less than their number. Strings
 * end at their first quote that no backslash escapes, which memchr finds.
 * Jansson's own error text quotes the input, so only its code and position are used.
 */
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

#define LINE_FIRST_GUESS 1024

enum byte_kind { PLAIN, QUOTE, OPEN, CLOSE, COMMA };

static const unsigned char kinds[256] = {
    ['"'] = QUOTE, ['['] = OPEN, ['{'] = OPEN, [']'] = CLOSE, ['}'] = CLOSE, [','] = COMMA,
};

const char *tw_json_string_end(const char *at, const char *end) {
    const char *begin = at;
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (!quote) {
            return NULL;
        }
        const char *escape = quote;
        while (escape > begin && escape[-1] == '\\') {
            escape--;
        }
        if ((quote - escape) % 2 == 0) {
            return quote + 1;
        }
        at = quote + 1;
    }
    return NULL;
}

struct tw_status tw_json_check_limits(struct tw_text text, struct tw_json_limits limits,
                                      struct tw_error *ret_error) {
    if (text.length > limits.bytes) {
        return tw_fail(ret_error, TW_E_TOO_LARGE, "longer than %zu bytes", limits.bytes);
    }
    const char *end = text.bytes + text.length;
    const char *zero = memchr(text.bytes, '\0', text.length);
    if (zero) {
        return tw_fail(ret_error, TW_E_PARSE, "NUL byte at byte %zu", (size_t)(zero - text.bytes));
    }
    size_t depth = 0;
    size_t values = 1;
    for (const char *at = text.bytes; at && at < end;) {
        const enum byte_kind kind = kinds[(unsigned char)*at++];
        if (kind == PLAIN) {
            continue;
        }
        if (kind == QUOTE) {
            at = tw_json_string_end(at, end);
            continue;
        }
        if (kind == CLOSE) {
            depth -= depth > 0;
            continue;
        }
        values++;
        depth += kind == OPEN;
        if (depth > limits.depth || values > limits.values) {
            return tw_fail(ret_error, TW_E_TOO_LARGE, "%s at byte %zu",
                           depth > limits.depth ? "nested too deeply" : "too many values",
                           (size_t)(at - 1 - text.bytes));
        }
    }
    return tw_success();
}

/* In our words, because Jansson's quote what was sent. */
static const char *reason_of(enum json_error_code code) {
    switch (code) {
    case json_error_invalid_utf8:
        return "not UTF-8";
    case json_error_premature_end_of_input:
        return "ends too early";
    case json_error_end_of_input_expected:
        return "more after the end";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "NUL character";
    case json_error_duplicate_key:
        return "duplicate member";
    case json_error_numeric_overflow:
        return "number out of range";
    case json_error_stack_overflow:
        return "nested too deeply";
    case json_error_invalid_syntax:
    case json_error_unknown:
    case json_error_out_of_memory:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return "syntax error";
}

struct tw_status tw_json_parse(const char *bytes, size_t length, struct tw_json_limits limits,
                               json_t **ret_json, struct tw_error *ret_error) {
    const struct tw_status checked =
        tw_json_check_limits((struct tw_text){bytes, length}, limits, ret_error);
    if (!tw_ok(checked)) {
        return checked;
    }
    json_object_seed(0); /* hash with a random seed, chosen at the first call */
    json_error_t error;
    json_t *json = json_loadb(bytes, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (json) {
        *ret_json = json;
        return tw_success();
    }
    const enum json_error_code code = json_error_code(&error);
    if (code == json_error_out_of_memory || error.text[0] == '\0') { /* it often says nothing */
        return tw_fail(ret_error, TW_E_NO_MEMORY, "parsing JSON");
    }
    return tw_fail(ret_error, TW_E_PARSE, "%s at byte %d", reason_of(code), error.position);
}

struct tw_status tw_json_line(const json_t *json, char **ret_line, size_t *ret_length,
                              struct tw_error *ret_error) {
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    size_t size = LINE_FIRST_GUESS;
    char *line = malloc(size);
    size_t length = line ? json_dumpb(json, line, size - 1, flags) : 0;
    if (length > size - 1) {
        size = length + 1;
        free(line);
        line = malloc(size);
        length = line ? json_dumpb(json, line, size - 1, flags) : 0;
    }
    if (length == 0) {
        free(line);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "writing JSON");
    }
    tw_assert(length < size);
    line[length] = '\n';
    *ret_line = line;
    *ret_length = length + 1;
    return tw_success();
}
