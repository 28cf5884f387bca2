/*
 * Certificates that come as text and not by a handshake: whether one chains to the network's root
 * at the clock's time and is not revoked. A revocation list that is missing or too old is no
 * permission. Of a time in the past the question is another one: whether it was valid then, and not
 * yet revoked, as today's list knows it. Files are read each time: they are small, and may be
 * renewed at any moment. Errors: CONFIG (files), CRYPTO (the certificate), NO_MEMORY.
 */
#ifndef TW_NET_CHAIN_H
#define TW_NET_CHAIN_H

#include <openssl/x509.h>

#include "core/clock.h"
#include "core/status.h"

#define TW_CERTIFICATE_PEM_MAX 8192

struct tw_trust {
    const char *root_file;
    const char *crl_file;
    const struct tw_clock *clock;
    int64_t as_of_ms; /* Unix time in the past; 0: now */
};

/* *ret_certificate is the caller's to free. */
struct tw_status tw_chain_verify(const char *certificate_pem, const struct tw_trust *trust,
                                 X509 **ret_certificate, struct tw_error *ret_error);

#endif
