/* One way out for foreign text, so that forgetting to escape means not using it at all. */
#include "scenario/page/html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PRINTED_MAX = 1024 };

static void append(struct pg_html *html, const char *bytes, size_t length) {
    if (!html->failed && !tw_buffer_append(&html->text, bytes, length)) {
        html->failed = true;
    }
}

void pg_raw(struct pg_html *html, const char *text) {
    append(html, text, strlen(text));
}

void pg_printf(struct pg_html *html, const char *format, ...) {
    char text[PRINTED_MAX];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    tw_assert(length >= 0 && (size_t)length < sizeof text);
    append(html, text, (size_t)length);
}

static const char *entity_of(unsigned char byte) {
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f ? "\xef\xbf\xbd"
                                                                             : NULL;
    }
}

void pg_text(struct pg_html *html, const char *text) {
    const char *plain = text;
    for (const char *at = text; at != NULL && *at != '\0'; at++) {
        const char *entity = entity_of((unsigned char)*at);
        if (entity != NULL) {
            append(html, plain, (size_t)(at - plain));
            pg_raw(html, entity);
            plain = at + 1;
        }
    }
    if (plain != NULL) {
        append(html, plain, strlen(plain));
    }
}

void pg_duration(struct pg_html *html, int64_t ms) {
    const char *sign = ms < 0 ? "-" : "";
    uint64_t left = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    if (left >= 60000) {
        pg_printf(html, "%s%" PRIu64 " min ", sign, left / 60000);
        sign = "";
        left %= 60000;
    }
    if (left < 1000 && sign[0] == '\0') {
        pg_printf(html, "%" PRIu64 ".%02" PRIu64 " s", left / 1000, left % 1000 / 10);
    } else {
        pg_printf(html, "%s%" PRIu64 ".%" PRIu64 " s", sign, left / 1000, left % 1000 / 100);
    }
}

void pg_moment(struct pg_html *html, int64_t ms) {
    uint64_t left = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    pg_raw(html, ms < 0 ? "-" : "");
    if (left >= 60000) {
        pg_printf(html, "%" PRIu64 " min ", left / 60000);
        left %= 60000;
    }
    pg_printf(html, "%" PRIu64 ".%03" PRIu64 " s", left / 1000, left % 1000);
}

void pg_count(struct pg_html *html, size_t count, const char *one, const char *many) {
    pg_printf(html, "%zu %s", count, count == 1 ? one : many);
}

const char *pg_member(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

int64_t pg_number(const json_t *object, const char *name, int64_t fallback) {
    const json_t *number = json_object_get(object, name);
    const int64_t value = json_is_integer(number) ? json_integer_value(number) : fallback;
    return value > PG_NUMBER_MAX ? PG_NUMBER_MAX : value < -PG_NUMBER_MAX ? -PG_NUMBER_MAX : value;
}
