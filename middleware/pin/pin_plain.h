/*
 * The plaintext inside a PIN block: ASCII, always TW_PIN_PLAIN_BYTES long so that the length of
 * the block tells nothing about the PIN:
 *
 *   1;PAN;TERMINAL;TXID;ISSUED_MS;PIN;NEW_PIN     padded with spaces; NEW_PIN may be empty
 *   1;9276000112345674;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234;
 *
 * Internal to pin/.
 */
#ifndef TW_PIN_PIN_PLAIN_H
#define TW_PIN_PIN_PLAIN_H

#include <stdint.h>

#include "pin/pin_block.h"

#define TW_PIN_PLAIN_BYTES 128

/* INVALID_PARAMS unless every member of plain is well formed; says which, never its value. */
struct tw_status tw_pin_plain_write(const struct tw_pin_plain *plain,
                                    char ret_bytes[TW_PIN_PLAIN_BYTES], struct tw_error *ret_error);
/* False unless bytes are exactly what tw_pin_plain_write makes; *ret_plain is then zero. */
TW_MUST_USE bool tw_pin_plain_read(const char bytes[TW_PIN_PLAIN_BYTES],
                                   struct tw_pin_plain *ret_plain);

#endif
