/* Fixed positions, lower-case hexadecimal only, as the standard demands of receivers. Every hop
 * records, so that the flags it sends are always 01 (sampled). */
#include "wire/trace.h"

#include <stdio.h>
#include <string.h>

#define TRACE_DIGITS 32
#define SPAN_DIGITS  16
#define TRACE_AT     3
#define SPAN_AT      (TRACE_AT + TRACE_DIGITS + 1)
#define FLAGS_AT     (SPAN_AT + SPAN_DIGITS + 1)
#define LENGTH       (FLAGS_AT + 2)

static const char digits[] = "0123456789abcdef";

static bool all_hex(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        const bool decimal = text[i] >= '0' && text[i] <= '9';
        if (!decimal && (text[i] < 'a' || text[i] > 'f')) {
            return false;
        }
    }
    return true;
}

static bool all_zero(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '0') {
            return false;
        }
    }
    return true;
}

/* A later version may append members after a hyphen; version ff does not exist. */
static bool shape_known(const char *text) {
    const size_t length = strnlen(text, LENGTH + 1);
    if (length < LENGTH || !all_hex(text, 2) || memcmp(text, "ff", 2) == 0) {
        return false;
    }
    return length == LENGTH || (memcmp(text, "00", 2) != 0 && text[LENGTH] == '-');
}

bool tw_trace_parse(const char *text, struct tw_trace *ret_trace) {
    if (!shape_known(text) || text[TRACE_AT - 1] != '-' || text[SPAN_AT - 1] != '-' ||
        text[FLAGS_AT - 1] != '-') {
        return false;
    }
    const char *trace_id = text + TRACE_AT;
    const char *span_id = text + SPAN_AT;
    if (!all_hex(trace_id, TRACE_DIGITS) || !all_hex(span_id, SPAN_DIGITS) ||
        !all_hex(text + FLAGS_AT, 2) || all_zero(trace_id, TRACE_DIGITS) ||
        all_zero(span_id, SPAN_DIGITS)) {
        return false;
    }
    memcpy(ret_trace->trace_id, trace_id, TRACE_DIGITS);
    ret_trace->trace_id[TRACE_DIGITS] = '\0';
    memcpy(ret_trace->span_id, span_id, SPAN_DIGITS);
    ret_trace->span_id[SPAN_DIGITS] = '\0';
    return true;
}

/* Random digits, never all zero. */
static void fill_id(const struct tw_random *random, char *out, size_t length) {
    unsigned char bytes[TRACE_DIGITS / 2];
    random->fill(random->context, bytes, length / 2);
    for (size_t i = 0; i < length / 2; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 0x0F];
    }
    out[length] = '\0';
    if (all_zero(out, length)) {
        out[length - 1] = '1';
    }
}

struct tw_trace tw_trace_new(const struct tw_random *random) {
    struct tw_trace trace;
    fill_id(random, trace.trace_id, TRACE_DIGITS);
    fill_id(random, trace.span_id, SPAN_DIGITS);
    return trace;
}

struct tw_trace tw_trace_child(const struct tw_trace *parent, const struct tw_random *random) {
    struct tw_trace trace = *parent;
    fill_id(random, trace.span_id, SPAN_DIGITS);
    return trace;
}

const char *tw_trace_text(const struct tw_trace *trace, char buffer[56]) {
    (void)snprintf(buffer, LENGTH + 1, "00-%s-%s-01", trace->trace_id, trace->span_id);
    return buffer;
}
