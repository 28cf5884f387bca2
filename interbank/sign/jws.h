/*
 * Compact JWS, ES256, one protected header per kind of document and no other: {"alg":"ES256",
 * "typ":TYPE}. Internal to interbank; what is signed by certificates other than the root's goes
 * through sign/signed.h.
 *
 * Errors: TOO_LARGE (more than max characters), CRYPTO, CONFIG (key files).
 */
#ifndef IB_SIGN_JWS_H
#define IB_SIGN_JWS_H

#include <openssl/evp.h>

#include "core/status.h"

/* What a document is: the header's typ, its name in errors, the most characters it may have. */
struct ib_jws_kind {
    const char *type;
    const char *name;
    size_t max;
};

/* The payload (malloc'd, NUL behind it) when text is signed by this key, which must be on P-256. */
struct tw_status ib_jws_open(const char *text, const struct ib_jws_kind *kind, EVP_PKEY *key,
                             char **ret_payload, size_t *ret_length, struct tw_error *ret_error);
/* *ret_text is malloc'd. */
struct tw_status ib_jws_seal(const char *payload, size_t length, const struct ib_jws_kind *kind,
                             EVP_PKEY *key, char **ret_text, struct tw_error *ret_error);

/* CONFIG when the file is readable by others or holds no P-256 key. */
struct tw_status ib_jws_private_key(const char *key_file, EVP_PKEY **ret_key,
                                    struct tw_error *ret_error);
/* CONFIG when the file holds no certificate with a key on P-256. */
struct tw_status ib_jws_certificate_key(const char *certificate_file, EVP_PKEY **ret_key,
                                        struct tw_error *ret_error);

#endif
