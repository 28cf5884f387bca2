/* The key that a terminal encrypts PINs for: proved to be the issuer's before it is used.
 * Internal to pin/. */
#ifndef TW_PIN_PIN_CERTIFICATE_H
#define TW_PIN_PIN_CERTIFICATE_H

#include <openssl/evp.h>

#include "core/status.h"
#include "pin/pin_block.h"

/* The public key of certificate_pem when it chains to the root at the clock's time, is not revoked,
 * allows key agreement and nothing else, is named as the PIN key of that bank for the IIN that pan
 * begins with, and is on P-256.
 * Errors as tw_pin_encryptor_new. *ret_key is owned by the caller. */
struct tw_status tw_pin_certificate_key(const char *certificate_pem, const struct tw_trust *trust,
                                        int32_t bank_code, const char *pan, EVP_PKEY **ret_key,
                                        struct tw_error *ret_error);
/* P-256 is the only curve of PIN blocks. */
TW_MUST_USE bool tw_pin_key_is_p256(const EVP_PKEY *key);

#endif
