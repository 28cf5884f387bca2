/*
 * TLS 1.3 contexts: certificate, key, network root and CRL, both sides always authenticated. No
 * tickets, no 0-RTT. A missing or expired CRL fails closed. tw_tls_reload replaces certificate and
 * CRL for new handshakes; tw_tls_still_valid re-checks a live peer (expiry, CRL).
 * A peer must have the extended key usage of its side; absence of the extension is refused too.
 */
#ifndef TW_NET_TLS_H
#define TW_NET_TLS_H

#include <openssl/ssl.h>

#include "core/clock.h"
#include "net/identity.h"

struct tw_tls;

struct tw_tls_files {
    const char *certificate; /* PEM, leaf first */
    const char *key;         /* PEM, mode 0600 or stricter is demanded */
    const char *root;        /* PEM, the network root */
    const char *crl;         /* PEM */
};

enum tw_tls_side { TW_TLS_SERVER, TW_TLS_CLIENT };

struct tw_status tw_tls_new(const struct tw_tls_files *files, enum tw_tls_side side,
                            const struct tw_clock *clock, struct tw_tls **ret_tls,
                            struct tw_error *ret_error);
void tw_tls_free(struct tw_tls *tls);
/* Reads all files again; on failure the old material stays and the error says why. */
struct tw_status tw_tls_reload(struct tw_tls *tls, struct tw_error *ret_error);
SSL *tw_tls_session(struct tw_tls *tls); /* NULL when out of memory */

/* Peer certificate against clock and current CRL. */
struct tw_status tw_tls_still_valid(struct tw_tls *tls, SSL *session, struct tw_error *ret_error);

/* What a server with thousands of peers keeps of one's certificate. */
struct tw_tls_peer {
    unsigned char *der;
    int length;
    int64_t expires_ms; /* Unix time */
};

/* Takes the peer's certificate, once it has been read, out of the session, where its decoded form
 * is 10 of an idle connection's 26 KiB: SSL_get0_peer_certificate is NULL afterwards. False when
 * out of memory or when there is none. */
TW_MUST_USE bool tw_tls_take_peer(SSL *session, struct tw_tls_peer *ret_peer);
/* Like tw_tls_still_valid. */
struct tw_status tw_tls_peer_still_valid(struct tw_tls *tls, const struct tw_tls_peer *peer,
                                         struct tw_error *ret_error);
void tw_tls_peer_free(struct tw_tls_peer *peer);

/* When the CRL in use ends; INT64_MAX if it never does. */
int64_t tw_tls_crl_expires_ms(const struct tw_tls *tls);

/* After a call of OpenSSL failed: fills in the reason, from the verification result (IDENTITY) or
 * OpenSSL's error queue (PEER), and empties that queue. */
void tw_tls_explain(const SSL *session, struct tw_error *ret_error);

#endif
