/*
 * Signed statements of banks and of the settlement agent: a JWS (sign/jws.h) by the key of the
 * signer's TLS certificate, which travels beside it. Whoever opens one checks the certificate
 * against the network's root and revocation list at the clock's time, so the statement stays
 * evidence of who said it even when it is passed on.
 *
 * What a signer returns lives as long as it. Errors: TOO_LARGE, CRYPTO (certificate, signature),
 * PARSE, CONFIG (files). Single-threaded.
 */
#ifndef IB_SIGN_SIGNED_H
#define IB_SIGN_SIGNED_H

#include <jansson.h>

#include "net/chain.h"
#include "net/identity.h"

#define IB_SIGNED_TEXT_MAX 40960 /* characters of the JWS: TW_STATEMENT_TEXT of the wire */

#define IB_TYPE_TOTALS    "tellerwire-totals"
#define IB_TYPE_POSITIONS "tellerwire-positions"
#define IB_TYPE_FINALITY  "tellerwire-finality"

struct ib_signer;

/* The process's own certificate and key files (key: P-256, mode 0600), read once. */
struct tw_status ib_signer_new(const char *certificate_file, const char *key_file,
                               struct ib_signer **ret_signer, struct tw_error *ret_error);
void ib_signer_free(struct ib_signer *signer);
const char *ib_signer_certificate(const struct ib_signer *signer); /* PEM */
/* payload is stolen (NULL: NO_MEMORY). *ret_text is malloc'd. */
struct tw_status ib_signer_seal(const struct ib_signer *signer, const char *type, json_t *payload,
                                char **ret_text, struct tw_error *ret_error);

/* The payload (new reference) and who signed it. The caller compares the identity with whom the
 * payload speaks for. */
struct tw_status ib_signed_open(const struct tw_trust *trust, const char *type, const char *text,
                                const char *certificate_pem, struct tw_identity *ret_identity,
                                json_t **ret_payload, struct tw_error *ret_error);

#endif
