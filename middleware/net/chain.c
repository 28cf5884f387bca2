/* OpenSSL's verification with the revocation list and a time of our own. TLS handshakes have theirs
 * (net/tls.c): there the store is kept, and reloaded on demand. */
#include "net/chain.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#define MS_PER_SECOND 1000

static void drop_x509(X509 **certificate) {
    X509_free(*certificate);
}
#define X509_OWNED __attribute__((cleanup(drop_x509)))

static void drop_store(X509_STORE **store) {
    X509_STORE_free(*store);
}

static void drop_verification(X509_STORE_CTX **verification) {
    X509_STORE_CTX_free(*verification);
}

/* PEM text to certificate; NULL when it is none. Takes the BIO. */
static X509 *read_certificate(BIO *from) {
    X509 *certificate = from == NULL ? NULL : PEM_read_bio_X509(from, NULL, NULL, NULL);
    BIO_free(from);
    ERR_clear_error();
    return certificate;
}

/* All lists of the file; how many, or -1 when one of them could not be kept. */
static int add_crls(X509_STORE *store, const char *crl_file) {
    BIO *from = BIO_new_file(crl_file, "r");
    int count = 0;
    X509_CRL *crl = NULL;
    while (from != NULL && count >= 0 &&
           (crl = PEM_read_bio_X509_CRL(from, NULL, NULL, NULL)) != NULL) {
        count = X509_STORE_add_crl(store, crl) == 1 ? count + 1 : -1;
        X509_CRL_free(crl);
    }
    BIO_free(from);
    ERR_clear_error(); /* the end of the file is reported as an error */
    return count;
}

/* Whether a list says that the certificate at fault was revoked before the time that counts. */
static bool was_revoked(X509_STORE_CTX *verification) {
    X509 *certificate = X509_STORE_CTX_get_current_cert(verification);
    time_t *as_of = X509_STORE_CTX_get_app_data(verification);
    STACK_OF(X509_CRL) *lists =
        X509_STORE_CTX_get1_crls(verification, X509_get_issuer_name(certificate));
    bool revoked = lists == NULL;
    for (int i = 0; lists != NULL && i < sk_X509_CRL_num(lists); i++) {
        X509_REVOKED *entry = NULL;
        if (X509_CRL_get0_by_cert(sk_X509_CRL_value(lists, i), &entry, certificate) == 1 &&
            X509_cmp_time(X509_REVOKED_get0_revocationDate(entry), as_of) <= 0) {
            revoked = true;
        }
    }
    sk_X509_CRL_pop_free(lists, X509_CRL_free);
    return revoked;
}

/* Asked about every error: today's list is of another time than the one that counts. */
static int judge_the_past(int verified, X509_STORE_CTX *verification) {
    switch (X509_STORE_CTX_get_error(verification)) {
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
        return 1;
    case X509_V_ERR_CERT_REVOKED:
        return was_revoked(verification) ? 0 : 1;
    default:
        return verified;
    }
}

static struct tw_status verify_chain(X509 *certificate, X509 *root, const struct tw_trust *trust,
                                     struct tw_error *ret_error) {
    __attribute__((cleanup(drop_store))) X509_STORE *store = X509_STORE_new();
    __attribute__((cleanup(drop_verification))) X509_STORE_CTX *verification = X509_STORE_CTX_new();

    if (store == NULL || verification == NULL || X509_STORE_add_cert(store, root) != 1 ||
        X509_STORE_CTX_init(verification, store, certificate, NULL) != 1) {
        ERR_clear_error();
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory to verify a certificate");
    }
    if (add_crls(store, trust->crl_file) < 1) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: no revocation list in PEM", trust->crl_file);
    }
    X509_STORE_CTX_set_flags(verification, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    const int64_t now_ms = trust->as_of_ms != 0 ? trust->as_of_ms : tw_wall_ms(trust->clock);
    time_t now = (time_t)(now_ms / MS_PER_SECOND);
    X509_STORE_CTX_set_time(verification, 0, now);
    if (trust->as_of_ms != 0) {
        X509_STORE_CTX_set_app_data(verification, &now);
        X509_STORE_CTX_set_verify_cb(verification, judge_the_past);
    }
    int verified = X509_verify_cert(verification);
    ERR_clear_error();
    if (verified != 1) {
        int reason = X509_STORE_CTX_get_error(verification);
        return tw_fail(ret_error, TW_E_CRYPTO, "%s", X509_verify_cert_error_string(reason));
    }
    return tw_success();
}

struct tw_status tw_chain_verify(const char *certificate_pem, const struct tw_trust *trust,
                                 X509 **ret_certificate, struct tw_error *ret_error) {
    X509_OWNED X509 *root = read_certificate(BIO_new_file(trust->root_file, "r"));
    X509_OWNED X509 *certificate = NULL;
    size_t length = strnlen(certificate_pem, TW_CERTIFICATE_PEM_MAX + 1);

    *ret_certificate = NULL;
    if (root == NULL) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: no certificate in PEM", trust->root_file);
    }
    if (length <= TW_CERTIFICATE_PEM_MAX) {
        certificate = read_certificate(BIO_new_mem_buf(certificate_pem, (int)length));
    }
    if (certificate == NULL) {
        return tw_fail(ret_error, TW_E_CRYPTO, "not a certificate in PEM");
    }
    struct tw_status status = verify_chain(certificate, root, trust, ret_error);
    if (tw_ok(status)) {
        *ret_certificate = certificate;
        certificate = NULL;
    }
    return status;
}
