/*
 * One pass with a stack of the containers that are open. A new container is put into its parent at
 * once, so that the root owns everything and one json_decref undoes it all.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "wire/json_plain.h"

#define DEPTH_MAX  16
#define DIGITS_MAX 18 /* what always fits an int64_t */

struct reader {
    const char *at, *end;
    json_t *open[DEPTH_MAX];
    size_t depth;
};

struct text {
    const char *bytes;
    size_t length;
};

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void skip_blanks(struct reader *reader) {
    while (reader->at < reader->end && is_blank(*reader->at)) {
        reader->at++;
    }
}

static bool take(struct reader *reader, char byte) {
    if (reader->at == reader->end || *reader->at != byte) {
        return false;
    }
    reader->at++;
    return true;
}

/* Printable ASCII between quotes, no escapes. */
static bool take_text(struct reader *reader, struct text *ret_text) {
    if (!take(reader, '"')) {
        return false;
    }
    const char *at = reader->at;
    while (at < reader->end && tw_json_is_plain(*at)) {
        at++;
    }
    *ret_text = (struct text){reader->at, (size_t)(at - reader->at)};
    reader->at = at;
    return take(reader, '"');
}

static bool is_digit(const struct reader *reader) {
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

/* Ends behind the digits: what follows them in a real is neither comma nor bracket. */
static json_t *take_integer(struct reader *reader) {
    const bool negative = take(reader, '-');
    const char *first = reader->at;
    json_int_t number = 0;
    while (is_digit(reader) && reader->at - first < DIGITS_MAX) {
        number = number * 10 + (*reader->at++ - '0');
    }
    const bool leading_zero =
        reader->at > first && *first == '0' && (negative || reader->at - first > 1);
    if (reader->at == first || leading_zero || is_digit(reader)) {
        return NULL;
    }
    return json_integer(negative ? -number : number);
}

static bool take_word(struct reader *reader, const char *word, size_t length) {
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0) {
        return false;
    }
    reader->at += length;
    return true;
}

static json_t *take_value(struct reader *reader) {
    struct text text;
    if (reader->at == reader->end) {
        return NULL;
    }
    switch (*reader->at) {
    case '"':
        return take_text(reader, &text) ? json_stringn_nocheck(text.bytes, text.length) : NULL;
    case '{':
        reader->at++;
        return json_object();
    case '[':
        reader->at++;
        return json_array();
    case 't':
        return take_word(reader, "true", 4) ? json_true() : NULL;
    case 'f':
        return take_word(reader, "false", 5) ? json_false() : NULL;
    case 'n':
        return take_word(reader, "null", 4) ? json_null() : NULL;
    default:
        return take_integer(reader);
    }
}

/* value is stolen; NULL fails. A member that is there already would be replaced: no growth. */
static bool add_member(json_t *object, struct text name, json_t *value) {
    const size_t before = json_object_size(object);
    return value != NULL &&
           json_object_setn_new_nocheck(object, name.bytes, name.length, value) == 0 &&
           json_object_size(object) == before + 1;
}

/* One element or member of the innermost container, which a container becomes itself. */
static bool read_element(struct reader *reader) {
    json_t *container = reader->open[reader->depth - 1];
    struct text name = {0};
    if (json_is_object(container)) {
        if (!take_text(reader, &name)) {
            return false;
        }
        skip_blanks(reader);
        if (!take(reader, ':')) {
            return false;
        }
        skip_blanks(reader);
    }
    json_t *value = take_value(reader);
    const bool added = json_is_object(container) ? add_member(container, name, value)
                                                 : json_array_append_new(container, value) == 0;
    if (!added || !(json_is_object(value) || json_is_array(value))) {
        return added;
    }
    if (reader->depth == DEPTH_MAX) {
        return false;
    }
    reader->open[reader->depth++] = value;
    return true;
}

/* Elements and ends of containers, until the root's end. */
static bool read_elements(struct reader *reader) {
    bool comma = false; /* just before */
    bool fresh = true;  /* the innermost container has just begun */
    while (reader->depth > 0) {
        skip_blanks(reader);
        const json_t *container = reader->open[reader->depth - 1];
        if (!comma && take(reader, json_is_object(container) ? '}' : ']')) {
            reader->depth--;
            fresh = false;
        } else if (!comma && !fresh) {
            comma = take(reader, ',');
            if (!comma) {
                return false;
            }
        } else {
            const size_t depth = reader->depth;
            if (!read_element(reader)) {
                return false;
            }
            comma = false;
            fresh = reader->depth > depth;
        }
    }
    skip_blanks(reader);
    return reader->at == reader->end;
}

json_t *tw_json_plain_read(const char *bytes, size_t length) {
    struct reader reader = {.at = bytes, .end = bytes + length};
    skip_blanks(&reader);
    if (reader.at == reader.end || (*reader.at != '{' && *reader.at != '[')) {
        return NULL;
    }
    json_t *root = take_value(&reader);
    reader.open[reader.depth++] = root;
    if (root != NULL && !read_elements(&reader)) {
        json_decref(root);
        return NULL;
    }
    return root;
}
