/*
 * UTF-8 (RFC 3629) one character at a time: for the log, which must survive any bytes, and for
 * text members, which people will see on terminals and receipts. Pure functions, no state.
 */
#ifndef TW_CORE_UTF8_H
#define TW_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes (1 to 4) of the character at `text`, and the character; 0 when the bytes there are not
 * UTF-8 (overlong forms, surrogates, beyond U+10FFFF or cut off included). length is not 0. */
size_t tw_utf8_decode(const char *text, size_t length, uint32_t *ret_character);

/* False for what could forge or rearrange a line shown to a person: control characters, line and
 * paragraph separators, marks that change the direction of writing. */
bool tw_utf8_printable(uint32_t character);

/* Removes an incomplete character at the end of a NUL-terminated string that was cut to fit. */
void tw_utf8_trim(char *text);

#endif
