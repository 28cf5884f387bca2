/*
 * One SSL_CTX per side and set of files. A reload builds a new context completely before it takes
 * the old one's place; live sessions keep the old one alive by OpenSSL's own reference count, and
 * are re-checked against the new store by verifying their certificate again.
 *
 * SSL_OP_IGNORE_UNEXPECTED_EOF is safe here and only here: a message ends with its line end, so a
 * cut connection cannot make a shorter message look whole, and clients that only shut down their
 * TCP side still get their answers.
 */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "net/tls_parts.h"

enum { CERTIFICATE_LIST_MAX = 16384, CHAIN_DEPTH_MAX = 2 };

struct tw_tls {
    char *certificate, *key, *root, *crl;
    enum tw_tls_side side;
    const struct tw_clock *clock;
    SSL_CTX *context;
    int64_t crl_expires_ms;
};

static void close_bio(BIO **bio) {
    BIO_free(*bio);
}

static void drop_context(SSL_CTX **context) {
    SSL_CTX_free(*context);
}

static void drop_certificate(X509 **certificate) {
    X509_free(*certificate);
}

static void drop_store_context(X509_STORE_CTX **context) {
    X509_STORE_CTX_free(*context);
}

/* The purpose check of OpenSSL lets a certificate without the extension pass; we do not. */
static int check_usage(int preverified, X509_STORE_CTX *store_context, uint32_t usage) {
    if (preverified != 1 || X509_STORE_CTX_get_error_depth(store_context) != 0) {
        return preverified;
    }
    uint32_t allowed = X509_get_extended_key_usage(X509_STORE_CTX_get_current_cert(store_context));
    if (allowed != UINT32_MAX && (allowed & usage) != 0) {
        return 1;
    }
    X509_STORE_CTX_set_error(store_context, X509_V_ERR_INVALID_PURPOSE);
    return 0;
}

static int check_client(int preverified, X509_STORE_CTX *store_context) {
    return check_usage(preverified, store_context, XKU_SSL_CLIENT);
}

static int check_server(int preverified, X509_STORE_CTX *store_context) {
    return check_usage(preverified, store_context, XKU_SSL_SERVER);
}

/* A key with a passphrase would stop a daemon at a prompt. */
static int no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static struct tw_status load_own(SSL_CTX *context, const struct tw_tls *tls,
                                 struct tw_error *ret_error) {
    struct stat key;
    if (stat(tls->key, &key) != 0) {
        return tw_fail(ret_error, TW_E_CONFIG, "key %s: cannot be read", tls->key);
    }
    if ((key.st_mode & 077) != 0) {
        return tw_fail(ret_error, TW_E_CONFIG, "key %s: others may read it (mode must be 0600)",
                       tls->key);
    }
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(context, tls->certificate) != 1) {
        return tw_tls_file_failure("certificate", tls->certificate, ret_error);
    }
    if (SSL_CTX_use_PrivateKey_file(context, tls->key, SSL_FILETYPE_PEM) != 1) {
        return tw_tls_file_failure("key", tls->key, ret_error);
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        return tw_tls_file_failure("certificate and key do not match,", tls->key, ret_error);
    }
    return tw_success();
}

/* The root, and the lists of what it has revoked. */
static struct tw_status load_root(SSL_CTX *context, const struct tw_tls *tls,
                                  int64_t *ret_crl_expires_ms, struct tw_error *ret_error) {
    __attribute__((cleanup(close_bio))) BIO *file = BIO_new_file(tls->root, "r");
    __attribute__((cleanup(drop_certificate))) X509 *root =
        file != NULL ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;
    if (root == NULL || X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root) != 1) {
        return tw_tls_file_failure("root", tls->root, ret_error);
    }
    if (tls->side == TW_TLS_SERVER && SSL_CTX_add_client_CA(context, root) != 1) {
        return tw_tls_file_failure("root", tls->root, ret_error);
    }
    return tw_revocation_load(SSL_CTX_get_cert_store(context), root, tls->crl, tls->clock,
                              ret_crl_expires_ms, ret_error);
}

/* NO_AUTO_CHAIN: what the file holds is sent; else OpenSSL would build and verify our own chain
 * anew for each handshake. */
static bool set_policy(SSL_CTX *context, enum tw_tls_side side) {
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_max_cert_list(context, CERTIFICATE_LIST_MAX);
    SSL_CTX_set_verify_depth(context, CHAIN_DEPTH_MAX);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       side == TW_TLS_SERVER ? check_client : check_server);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(context, 0) == 1;
}

struct tw_status tw_tls_reload(struct tw_tls *tls, struct tw_error *ret_error) {
    ERR_clear_error();
    __attribute__((cleanup(drop_context))) SSL_CTX *context =
        SSL_CTX_new(tls->side == TW_TLS_SERVER ? TLS_server_method() : TLS_client_method());
    if (context == NULL || !set_policy(context, tls->side)) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "cannot make a TLS context");
    }
    int64_t crl_expires_ms = 0;
    struct tw_status status = load_own(context, tls, ret_error);
    if (tw_ok(status)) {
        status = load_root(context, tls, &crl_expires_ms, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    SSL_CTX_free(tls->context);
    tls->context = context;
    tls->crl_expires_ms = crl_expires_ms;
    context = NULL;
    return tw_success();
}

struct tw_status tw_tls_new(const struct tw_tls_files *files, enum tw_tls_side side,
                            const struct tw_clock *clock, struct tw_tls **ret_tls,
                            struct tw_error *ret_error) {
    struct tw_tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "TLS context");
    }
    tls->side = side;
    tls->clock = clock;
    tls->certificate = strdup(files->certificate);
    tls->key = strdup(files->key);
    tls->root = strdup(files->root);
    tls->crl = strdup(files->crl);
    struct tw_status status =
        tls->certificate == NULL || tls->key == NULL || tls->root == NULL || tls->crl == NULL
            ? tw_fail(ret_error, TW_E_NO_MEMORY, "TLS context")
            : tw_tls_reload(tls, ret_error);
    if (!tw_ok(status)) {
        tw_tls_free(tls);
        return status;
    }
    *ret_tls = tls;
    return status;
}

void tw_tls_free(struct tw_tls *tls) {
    if (tls == NULL) {
        return;
    }
    SSL_CTX_free(tls->context);
    free(tls->certificate);
    free(tls->key);
    free(tls->root);
    free(tls->crl);
    free(tls);
}

SSL *tw_tls_session(struct tw_tls *tls) {
    SSL *session = SSL_new(tls->context);
    if (session == NULL) {
        return NULL;
    }
    X509_VERIFY_PARAM_set_time(SSL_get0_param(session), tw_wall_ms(tls->clock) / 1000);
    if (tls->side == TW_TLS_SERVER) {
        SSL_set_accept_state(session);
    } else {
        SSL_set_connect_state(session);
    }
    return session;
}

/* --- certificates of live peers ------------------------------------------------------------- */

static struct tw_status verify(struct tw_tls *tls, X509 *peer, STACK_OF(X509) * chain,
                               struct tw_error *ret_error) {
    if (peer == NULL) {
        return tw_fail(ret_error, TW_E_IDENTITY, "peer has no certificate");
    }
    __attribute__((cleanup(drop_store_context))) X509_STORE_CTX *check = X509_STORE_CTX_new();
    if (check == NULL ||
        X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(tls->context), peer, chain) != 1) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "certificate check");
    }
    X509_STORE_CTX_set_default(check, tls->side == TW_TLS_SERVER ? "ssl_client" : "ssl_server");
    X509_STORE_CTX_set_time(check, 0, tw_wall_ms(tls->clock) / 1000);
    if (X509_verify_cert(check) == 1) {
        return tw_success();
    }
    ERR_clear_error();
    return tw_fail(ret_error, TW_E_IDENTITY, "certificate refused: %s",
                   X509_verify_cert_error_string(X509_STORE_CTX_get_error(check)));
}

struct tw_status tw_tls_still_valid(struct tw_tls *tls, SSL *session, struct tw_error *ret_error) {
    return verify(tls, SSL_get0_peer_certificate(session), SSL_get_peer_cert_chain(session),
                  ret_error);
}

static void empty(STACK_OF(X509) * certificates) {
    X509 *certificate;
    while ((certificate = sk_X509_pop(certificates)) != NULL) {
        X509_free(certificate);
    }
}

/* The session of a connection cannot be replaced, but reading one into it replaces what it holds:
 * certificate and resumption secret, which nobody needs, since there are no tickets. Whatever fails
 * here, or works otherwise in another version of OpenSSL, costs memory and nothing else. */
static void forget_peer(SSL *session) {
    SSL_SESSION *kept = SSL_get_session(session);
    SSL_SESSION *bare = SSL_SESSION_new();
    unsigned char *text = NULL;
    int length = 0;
    empty(SSL_get0_verified_chain(session));
    empty(SSL_get_peer_cert_chain(session));
    if (bare != NULL && SSL_SESSION_set_protocol_version(bare, TLS1_3_VERSION) == 1 &&
        SSL_SESSION_set_cipher(bare, SSL_get_current_cipher(session)) == 1) {
        length = i2d_SSL_SESSION(bare, &text);
    }
    const unsigned char *cursor = text;
    if (length > 0) {
        (void)d2i_SSL_SESSION(&kept, &cursor, length);
    }
    OPENSSL_free(text);
    SSL_SESSION_free(bare);
    ERR_clear_error();
}

bool tw_tls_take_peer(SSL *session, struct tw_tls_peer *ret_peer) {
    X509 *certificate = SSL_get0_peer_certificate(session);
    *ret_peer = (struct tw_tls_peer){0};
    if (certificate == NULL) {
        return false;
    }
    ret_peer->length = i2d_X509(certificate, &ret_peer->der);
    if (ret_peer->length <= 0) {
        ERR_clear_error();
        return false;
    }
    ret_peer->expires_ms = tw_asn1_ms(X509_get0_notAfter(certificate));
    forget_peer(session);
    return true;
}

struct tw_status tw_tls_peer_still_valid(struct tw_tls *tls, const struct tw_tls_peer *peer,
                                         struct tw_error *ret_error) {
    const unsigned char *cursor = peer->der;
    __attribute__((cleanup(drop_certificate))) X509 *certificate =
        d2i_X509(NULL, &cursor, peer->length);
    return verify(tls, certificate, NULL, ret_error);
}

void tw_tls_peer_free(struct tw_tls_peer *peer) {
    OPENSSL_free(peer->der);
    *peer = (struct tw_tls_peer){0};
}

int64_t tw_tls_crl_expires_ms(const struct tw_tls *tls) {
    return tls->crl_expires_ms;
}

void tw_tls_explain(const SSL *session, struct tw_error *ret_error) {
    unsigned long code = ERR_peek_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    long verified = SSL_get_verify_result(session);
    if (verified != X509_V_OK) {
        (void)tw_fail(ret_error, TW_E_IDENTITY, "certificate refused: %s",
                      X509_verify_cert_error_string(verified));
    } else if (reason != NULL) {
        (void)tw_fail(ret_error, TW_E_PEER, "TLS: %s", reason);
    } else {
        (void)tw_fail(ret_error, TW_E_IO, "connection lost");
    }
}
