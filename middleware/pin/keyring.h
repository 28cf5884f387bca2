/*
 * The issuer's secrets outside its database, one file of mode 0600: keys for PIN digests, PAN
 * digests and session tokens, 32 bytes each, hex, INI ([keys] pin_digest= pan_digest= session=).
 * A PKCS#11 token could stand behind the same functions.
 */
#ifndef TW_PIN_KEYRING_H
#define TW_PIN_KEYRING_H

#include <stdint.h>

#include "core/pan.h"
#include "core/status.h"
#include "core/uuid.h"

#define TW_DIGEST_BYTES 32

struct tw_keyring;

struct tw_status tw_keyring_load(const char *file, struct tw_keyring **ret_keyring,
                                 struct tw_error *ret_error);
void tw_keyring_free(struct tw_keyring *keyring);

void tw_keyring_pan_digest(const struct tw_keyring *keyring, const char *pan,
                           uint8_t ret_digest[TW_DIGEST_BYTES]);
void tw_keyring_pin_digest(const struct tw_keyring *keyring, int64_t card_id, const char *pin,
                           uint8_t ret_digest[TW_DIGEST_BYTES]);
/* Constant time. */
bool tw_digest_equal(const uint8_t a[TW_DIGEST_BYTES], const uint8_t b[TW_DIGEST_BYTES]);

/* A session token: what it authorises, and an HMAC-SHA256 over it. base64url, no padding. */
struct tw_session_claims {
    int64_t card_id;
    int32_t terminal_id;
    int32_t acquirer;       /* bank code of the terminal's bank */
    struct tw_uuid session; /* txid of session.open */
    int64_t expires_ms;     /* Unix time */
};

#define TW_TOKEN_SIZE 128 /* text with its NUL fits */

void tw_session_seal(const struct tw_keyring *keyring, const struct tw_session_claims *claims,
                     char ret_token[TW_TOKEN_SIZE]);
/* False when the token is not ours to the last bit. Expiry and terminal are the caller's check. */
TW_MUST_USE bool tw_session_unseal(const struct tw_keyring *keyring, const char *token,
                                   struct tw_session_claims *ret_claims);

#endif
