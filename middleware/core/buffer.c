/*
 * One contiguous block, because both Jansson and SSL_write want contiguous bytes. Consumed bytes at
 * the head are reclaimed by moving the rest when room is needed, at most once per filling.
 */
#include "core/buffer.h"

#include <stdlib.h>
#include <string.h>

/* What most requests and answers fit into, and what malloc hands out without a search. */
enum { CAPACITY_MIN = 1024 };

bool tw_buffer_reserve(struct tw_buffer *buffer, size_t room) {
    if (buffer->capacity - buffer->end >= room) {
        return true;
    }
    size_t length = tw_buffer_length(buffer);
    if (buffer->start > 0 && buffer->capacity - length >= room) {
        memmove(buffer->bytes, buffer->bytes + buffer->start, length);
        buffer->start = 0;
        buffer->end = length;
        return true;
    }
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : CAPACITY_MIN;
    while (capacity - length < room) {
        capacity *= 2;
    }
    char *bytes = malloc(capacity);
    if (bytes == NULL) {
        return false;
    }
    if (length > 0) {
        memcpy(bytes, tw_buffer_head(buffer), length);
    }
    free(buffer->bytes);
    *buffer = (struct tw_buffer){.bytes = bytes, .end = length, .capacity = capacity};
    return true;
}

bool tw_buffer_append(struct tw_buffer *buffer, const void *bytes, size_t length) {
    if (!tw_buffer_reserve(buffer, length)) {
        return false;
    }
    if (length > 0) {
        memcpy(buffer->bytes + buffer->end, bytes, length);
    }
    buffer->end += length;
    return true;
}

void tw_buffer_consume(struct tw_buffer *buffer, size_t length) {
    tw_assert(length <= tw_buffer_length(buffer));
    buffer->start += length;
    if (buffer->start == buffer->end) {
        buffer->start = 0;
        buffer->end = 0;
    }
}

void tw_buffer_shrink(struct tw_buffer *buffer) {
    if (tw_buffer_length(buffer) == 0) {
        tw_buffer_free(buffer);
    }
}

void tw_buffer_free(struct tw_buffer *buffer) {
    free(buffer->bytes);
    *buffer = (struct tw_buffer){0};
}
