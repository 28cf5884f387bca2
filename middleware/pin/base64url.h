/*
 * base64url without padding (RFC 4648 section 5), one text per byte sequence: decoding refuses
 * padding, line ends, other alphabets and unused bits that are not zero, so that no token or block
 * has a second spelling.
 */
#ifndef TW_PIN_BASE64URL_H
#define TW_PIN_BASE64URL_H

#include <stdint.h>

#include "core/status.h"

/* Characters for `bytes` bytes, without a NUL. */
#define TW_BASE64URL_LENGTH(bytes) (((bytes)*4 + 2) / 3)

/* Writes TW_BASE64URL_LENGTH(length) characters and a NUL. */
void tw_base64url_encode(const uint8_t *bytes, size_t length, char *ret_text);
/* False when text is not the spelling of exactly `size` bytes. */
TW_MUST_USE bool tw_base64url_decode(const char *text, size_t length, uint8_t *ret_bytes,
                                     size_t size);

#endif
