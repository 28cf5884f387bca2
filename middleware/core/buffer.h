/*
 * A growable byte queue: bytes are appended at the tail and consumed at the head. Empty ones own no
 * memory, so that idle connections are small. The owner enforces limits; growth only ever fails
 * because memory ran out.
 */
#ifndef TW_CORE_BUFFER_H
#define TW_CORE_BUFFER_H

#include <stddef.h>

#include "core/status.h"

struct tw_buffer {
    char *bytes;
    size_t start, end; /* content is bytes[start..end) */
    size_t capacity;
};

static inline size_t tw_buffer_length(const struct tw_buffer *buffer) {
    return buffer->end - buffer->start;
}

static inline char *tw_buffer_head(const struct tw_buffer *buffer) {
    return buffer->bytes + buffer->start;
}

/* Makes room for `room` more bytes at bytes[end]; moves the content, so pointers into it die. */
TW_MUST_USE bool tw_buffer_reserve(struct tw_buffer *buffer, size_t room);
TW_MUST_USE bool tw_buffer_append(struct tw_buffer *buffer, const void *bytes, size_t length);
void tw_buffer_consume(struct tw_buffer *buffer, size_t length); /* keeps the memory */
void tw_buffer_shrink(struct tw_buffer *buffer);                 /* frees it when empty */
void tw_buffer_free(struct tw_buffer *buffer);

#endif
