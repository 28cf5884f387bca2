/* Thin layers over libc and Jansson, so that the rest reads like what it does. */
#include "scenario/base.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"

#define SECOND_US INT64_C(1000000)

TW_PRINTF(1, 0) static char *format_list(const char *format, va_list list) {
    char *text = NULL;
    tw_assert(vasprintf(&text, format, list) >= 0);
    return text;
}

char *scn_format(const char *format, ...) {
    va_list list;
    va_start(list, format);
    char *text = format_list(format, list);
    va_end(list);
    return text;
}

char *scn_copy(const char *text) {
    return scn_format("%s", text);
}

void scn_drop(char **text) {
    free(*text);
}

void scn_append(char **text, const char *format, ...) {
    va_list list;
    va_start(list, format);
    SCN_OWNED more = format_list(format, list);
    va_end(list);
    char *longer = scn_format("%s%s", *text != NULL ? *text : "", more);
    free(*text);
    *text = longer;
}

char *scn_read_file(const char *path, size_t max, size_t *ret_length) {
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return NULL;
    size_t room = 0;
    size_t length = 0;
    char *text = NULL;
    int failure = 0;
    for (;;) {
        if (room - length < 4096) {
            room = room * 2 + 8192;
            text = realloc(text, room);
            tw_assert(text != NULL);
        }
        size_t got = fread(text + length, 1, room - length - 1, in);
        length += got;
        if (length > max)
            failure = EFBIG;
        else if (ferror(in))
            failure = errno != 0 ? errno : EIO;
        if (got == 0 || failure != 0)
            break;
    }
    (void)fclose(in);
    if (failure != 0) {
        free(text);
        errno = failure;
        return NULL;
    }
    text[length] = '\0';
    if (ret_length != NULL)
        *ret_length = length;
    return text;
}

struct tw_status scn_write_file(const char *path, const char *text, struct tw_error *ret_error) {
    SCN_OWNED next = scn_format("%s.new", path);
    FILE *out = fopen(next, "we");
    if (out == NULL)
        return tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", next, strerror(errno));
    bool good = fputs(text, out) >= 0;
    good = fclose(out) == 0 && good;
    if (!good || rename(next, path) != 0)
        return tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", path, strerror(errno));
    return tw_success();
}

bool scn_exists(const char *path) {
    return access(path, F_OK) == 0;
}

bool scn_money_parse(const char *text, int64_t *ret_minor) {
    bool negative = text[0] == '-';
    const char *at = text + negative;
    int64_t whole = 0;
    int64_t cents = 0;
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits > 13)
        return false;
    for (size_t i = 0; i < digits; i++)
        whole = whole * 10 + (at[i] - '0');
    at += digits;
    if (*at == '.') {
        if (strspn(at + 1, "0123456789") != 2 || at[3] != '\0')
            return false;
        cents = (at[1] - '0') * 10 + (at[2] - '0');
        at += 3;
    }
    if (*at != '\0')
        return false;
    *ret_minor = (negative ? -1 : 1) * (whole * 100 + cents);
    return true;
}

const char *scn_money_text(int64_t minor, char buffer[SCN_MONEY_TEXT_SIZE]) {
    int64_t size = minor < 0 ? -minor : minor;
    (void)snprintf(buffer, SCN_MONEY_TEXT_SIZE, "%s%" PRId64 ".%02" PRId64, minor < 0 ? "-" : "",
                   size / 100, size % 100);
    return buffer;
}

bool scn_duration_parse(const char *text, int64_t *ret_us) {
    static const struct {
        const char *name;
        int64_t us;
    } units[] = {{"ms", 1000}, {"s", SECOND_US}, {"m", 60 * SECOND_US}, {"h", 3600 * SECOND_US}};
    size_t digits = strspn(text, "0123456789");
    int64_t count = 0;
    if (digits == 0 || digits > 6)
        return false;
    for (size_t i = 0; i < digits; i++)
        count = count * 10 + (text[i] - '0');
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].name) == 0) {
            *ret_us = count * units[i].us;
            return true;
        }
    }
    return false;
}

const char *scn_text(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

const char *scn_text_or(const json_t *object, const char *name, const char *fallback) {
    const char *text = scn_text(object, name);
    return text != NULL ? text : fallback;
}

int64_t scn_number(const json_t *object, const char *name, int64_t fallback) {
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

int64_t scn_money(const json_t *object, const char *name, int64_t fallback) {
    const char *text = scn_text(object, name);
    int64_t minor = 0;
    return text != NULL && scn_money_parse(text, &minor) ? minor : fallback;
}

int64_t scn_duration_us(const json_t *object, const char *name, int64_t fallback) {
    const char *text = scn_text(object, name);
    int64_t us = 0;
    return text != NULL && scn_duration_parse(text, &us) ? us : fallback;
}

bool scn_flag(const json_t *object, const char *name) {
    return json_is_true(json_object_get(object, name));
}

void scn_set(json_t *object, const char *name, json_t *taken) {
    tw_assert(taken != NULL && json_object_set_new(object, name, taken) == 0);
}

char *scn_dump(const json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    tw_assert(text != NULL);
    return text;
}

json_t *scn_parse(const char *text) {
    static const struct tw_json_limits roomy = {
        .bytes = (size_t)64 << 20, .depth = 64, .values = (size_t)4 << 20};
    json_t *json = NULL;
    return tw_ok(tw_json_parse(text, strlen(text), roomy, &json, NULL)) ? json : NULL;
}

int64_t scn_now_us(void) {
    return tw_now_us(tw_clock_system());
}
