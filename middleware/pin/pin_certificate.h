/* The key that a terminal encrypts PINs for: proved to be the issuer's before it is used.
 * Internal to pin/. */
#ifndef TW_PIN_PIN_CERTIFICATE_H
#define TW_PIN_PIN_CERTIFICATE_H

#include <openssl/evp.h>

#include "core/clock.h"
#include "core/status.h"

/* The public key of certificate_pem when it chains to root_file at the clock's time, allows key
 * agreement and nothing else, is named tellerwire://pin/<bank_code>, and is on P-256. CRYPTO
 * otherwise (CONFIG when root_file cannot be read). *ret_key is owned by the caller. */
struct tw_status tw_pin_certificate_key(const char *certificate_pem, const char *root_file,
                                        int32_t bank_code, const struct tw_clock *clock,
                                        EVP_PKEY **ret_key, struct tw_error *ret_error);
/* P-256 is the only curve of PIN blocks. */
TW_MUST_USE bool tw_pin_key_is_p256(const EVP_PKEY *key);

#endif
