/*
 * Writing HTML: pieces appended to a buffer. Text of others goes through pg_text alone, which
 * escapes what HTML gives a meaning to, in elements and in quoted attributes alike, and replaces
 * control characters. After memory has run out nothing more is written; ask pg_failed at the end.
 */
#ifndef PG_HTML_H
#define PG_HTML_H

#include <jansson.h>
#include <stdint.h>

#include "core/buffer.h"

struct pg_html {
    struct tw_buffer text;
    bool failed;
};

/* As it is: only for what this library itself says. */
void pg_raw(struct pg_html *html, const char *text);
/* The same with numbers and words of ours. */
void pg_printf(struct pg_html *html, const char *format, ...) TW_PRINTF(2, 3);
/* Escaped; NULL is nothing. */
void pg_text(struct pg_html *html, const char *text);

/* 12345 ms: "12.3 s", "3 min 5.0 s". */
void pg_duration(struct pg_html *html, int64_t ms);
/* The same to the millisecond, for moments that are close: "1 min 12.345 s". */
void pg_moment(struct pg_html *html, int64_t ms);
/* "1 message", "2 messages". */
void pg_count(struct pg_html *html, size_t count, const char *one, const char *many);

/* Members of the report; "" and the fallback when missing or of another type. Numbers are brought
 * within bounds that leave room for adding a few of them. */
#define PG_NUMBER_MAX (INT64_C(1) << 53)
const char *pg_member(const json_t *object, const char *name);
int64_t pg_number(const json_t *object, const char *name, int64_t fallback);

#endif
