/*
 * The common case of JSON, by hand. Messages of this network are objects of ASCII strings without
 * escapes and of integers, and Jansson takes five sixths of its time for what they do not contain.
 * Both functions know only such plain values and give up on everything else, errors included; the
 * caller then asks Jansson, who alone decides what is JSON and what is wrong with it.
 * Internal to wire/.
 */
#ifndef TW_WIRE_JSON_PLAIN_H
#define TW_WIRE_JSON_PLAIN_H

#include <jansson.h>
#include <stdbool.h>

/* Stands for itself inside a string. */
static inline bool tw_json_is_plain(char byte) {
    const unsigned char value = (unsigned char)byte;
    return value >= 0x20 && value < 0x80 && value != '"' && value != '\\';
}

/* An object or array, as Jansson would read it with JSON_REJECT_DUPLICATES; NULL: ask Jansson. */
json_t *tw_json_plain_read(const char *bytes, size_t length);
/* The length of the text, as Jansson writes it with JSON_COMPACT; 0: ask Jansson (no room, too). */
size_t tw_json_plain_write(const json_t *json, char *out, size_t room);

#endif
