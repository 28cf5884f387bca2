/*
 * One table, error.def, becomes four lookups by code. The detail is formatted into the caller's own
 * buffer; when it does not fit it is cut at a character's boundary, because it may end up in JSON.
 */
#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

struct code_entry {
    const char *name;
    enum tw_error_class class;
    int json_rpc;
    const char *rc;
    const char *text;
};

static const struct code_entry codes[] = {
    {"NONE", TW_CLASS_NONE, 0, "00", "success"},
#define TW_ERROR(name, class, number, rc, text) {#name, TW_CLASS_##class, number, rc, text},
#include "core/error.def"
#undef TW_ERROR
};

static const struct code_entry *entry_of(enum tw_code code) {
    tw_assert((size_t)code < sizeof codes / sizeof codes[0]);
    return &codes[code];
}

struct tw_status tw_fail(struct tw_error *ret_error, enum tw_code code, const char *format, ...) {
    tw_assert(code != TW_E_NONE);
    if (ret_error) {
        ret_error->code = code;
        ret_error->sqlstate[0] = '\0';
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(ret_error->detail, sizeof ret_error->detail, format, arguments);
        va_end(arguments);
        tw_utf8_trim(ret_error->detail);
    }
    return (struct tw_status){code};
}

struct tw_status tw_wrap(struct tw_error *error, const char *format, ...) {
    char context[sizeof error->detail];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);

    char wrapped[2 * sizeof error->detail + 2];
    (void)snprintf(wrapped, sizeof wrapped, "%s: %s", context, error->detail);
    wrapped[sizeof error->detail - 1] = '\0';
    memcpy(error->detail, wrapped, sizeof error->detail);
    tw_utf8_trim(error->detail);
    return (struct tw_status){error->code};
}

enum tw_error_class tw_code_class(enum tw_code code) {
    return entry_of(code)->class;
}

const char *tw_code_name(enum tw_code code) {
    return entry_of(code)->name;
}

const char *tw_code_text(enum tw_code code) {
    return entry_of(code)->text;
}

int tw_code_json_rpc(enum tw_code code) {
    return entry_of(code)->json_rpc;
}

const char *tw_code_rc(enum tw_code code) {
    return entry_of(code)->rc;
}

_Noreturn void tw_assert_failed(const char *condition, const char *file, int line) {
    (void)fprintf(stderr, "assertion failed: %s (%s:%d)\n", condition, file, line);
    abort();
}
