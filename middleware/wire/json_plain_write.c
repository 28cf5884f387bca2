/*
 * One pass with a stack of the containers that are being written. Jansson's own writer looks each
 * container up in a hash table, printed as text, to find circles; here a circle is too deep.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "wire/json_plain.h"

#define DEPTH_MAX    17 /* a message inside its envelope */
#define INTEGER_SIZE 20

struct level {
    json_t *container;
    void *member;   /* object: the next one */
    size_t element; /* array: the next one */
    bool begun;
};

struct writer {
    char *at, *end;
    struct level levels[DEPTH_MAX];
    size_t depth;
};

static bool put(struct writer *writer, const char *bytes, size_t length) {
    if ((size_t)(writer->end - writer->at) < length) {
        return false;
    }
    memcpy(writer->at, bytes, length);
    writer->at += length;
    return true;
}

static bool put_byte(struct writer *writer, char byte) {
    if (writer->at == writer->end) {
        return false;
    }
    *writer->at++ = byte;
    return true;
}

static bool put_text(struct writer *writer, const char *text, size_t length) {
    if ((size_t)(writer->end - writer->at) < length + 2) {
        return false;
    }
    char *out = writer->at;
    *out++ = '"';
    for (size_t i = 0; i < length; i++) {
        if (!tw_json_is_plain(text[i])) {
            return false;
        }
        *out++ = text[i];
    }
    *out++ = '"';
    writer->at = out;
    return true;
}

static bool put_integer(struct writer *writer, json_int_t number) {
    char digits[INTEGER_SIZE];
    char *first = digits + sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        *--first = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    return (number >= 0 || put_byte(writer, '-')) &&
           put(writer, first, (size_t)(digits + sizeof digits - first));
}

static bool open_container(struct writer *writer, json_t *container) {
    if (writer->depth == DEPTH_MAX) {
        return false;
    }
    writer->levels[writer->depth++] =
        (struct level){.container = container, .member = json_object_iter(container)};
    return put_byte(writer, json_is_object(container) ? '{' : '[');
}

static bool put_value(struct writer *writer, json_t *value) {
    if (value == NULL) {
        return false;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        return open_container(writer, value);
    case JSON_STRING:
        return put_text(writer, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        return put_integer(writer, json_integer_value(value));
    case JSON_TRUE:
        return put(writer, "true", 4);
    case JSON_FALSE:
        return put(writer, "false", 5);
    case JSON_NULL:
        return put(writer, "null", 4);
    case JSON_REAL:
        break;
    }
    return false;
}

/* The next element or member of the innermost container, or its end. */
static bool put_next(struct writer *writer) {
    struct level *level = &writer->levels[writer->depth - 1];
    const bool object = json_is_object(level->container);
    if (object ? level->member == NULL : level->element == json_array_size(level->container)) {
        writer->depth--;
        return put_byte(writer, object ? '}' : ']');
    }
    if (level->begun && !put_byte(writer, ',')) {
        return false;
    }
    level->begun = true;
    if (!object) {
        return put_value(writer, json_array_get(level->container, level->element++));
    }
    const char *name = json_object_iter_key(level->member);
    json_t *value = json_object_iter_value(level->member);
    level->member = json_object_iter_next(level->container, level->member);
    return put_text(writer, name, strlen(name)) && put_byte(writer, ':') &&
           put_value(writer, value);
}

size_t tw_json_plain_write(const json_t *json, char *out, size_t room) {
    struct writer writer = {.at = out, .end = out + room};
    json_t *root = (json_t *)(uintptr_t)json; /* Jansson's iterators are not const-correct */
    if (!(json_is_object(json) || json_is_array(json)) || !open_container(&writer, root)) {
        return 0;
    }
    while (writer.depth > 0) {
        if (!put_next(&writer)) {
            return 0;
        }
    }
    return (size_t)(writer.at - out);
}
