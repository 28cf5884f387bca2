/*
 * Writing JSON text: pieces appended to a buffer, compact, without a tree in between. The caller
 * puts brackets, commas and colons; strings are escaped and checked here. False: memory ran out or
 * a string is not UTF-8; the buffer ends with a part of the piece then.
 */
#ifndef TW_WIRE_WRITE_H
#define TW_WIRE_WRITE_H

#include <stdint.h>

#include "core/buffer.h"

/* As it is: brackets, names of ours, digits. */
TW_MUST_USE bool tw_write_plain(struct tw_buffer *out, const char *text);
TW_MUST_USE bool tw_write_integer(struct tw_buffer *out, int64_t integer);
/* With its quotes. */
TW_MUST_USE bool tw_write_string(struct tw_buffer *out, const char *text);

#endif
