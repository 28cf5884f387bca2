/*
 * Private to tls.c and revocation.c: what both do with the files of a TLS context.
 */
#ifndef TW_NET_TLS_PARTS_H
#define TW_NET_TLS_PARTS_H

#include <openssl/x509.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/status.h"

/* revocation.c */
/* Reads the lists in the file at path, each of which must be signed by root, into store, which
 * checks certificates against them from then on. ret_expires_ms: when the first of them ends, Unix
 * time; INT64_MAX: never. */
struct tw_status tw_revocation_load(X509_STORE *store, X509 *root, const char *path,
                                    const struct tw_clock *clock, int64_t *ret_expires_ms,
                                    struct tw_error *ret_error);
/* Unix time; 0 (long ago) for what is no time. */
int64_t tw_asn1_ms(const ASN1_TIME *when);
/* The reason is OpenSSL's, which is forgotten. */
struct tw_status tw_tls_file_failure(const char *what, const char *path,
                                     struct tw_error *ret_error);

#endif
