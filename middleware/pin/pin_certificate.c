/*
 * The certificate comes through the middleware and the acquirer, whom the PIN must be hidden from:
 * either could offer a key of its own. So a terminal trusts only the network's root (a file it was
 * enrolled with), and only a certificate made for this one purpose: a bank's TLS certificate under
 * the same root must not do, nor another bank's PIN key: the bank's code comes the same way as the
 * certificate, so it is the card's own number that says whose key it must be. A certificate whose
 * key was lost is revoked like any other; a revocation list that is missing or too old is no
 * permission.
 */
#include "pin/pin_certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <string.h>

#include "net/identity.h"

#define CERTIFICATE_TEXT_MAX 8192
#define MS_PER_SECOND        1000

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

static struct tw_status verify_chain(X509 *certificate, X509 *root,
                                     const struct tw_pin_trust *trust, struct tw_error *ret_error) {
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
    X509_STORE_CTX_set_time(verification, 0, (time_t)(tw_wall_ms(trust->clock) / MS_PER_SECOND));
    int verified = X509_verify_cert(verification);
    ERR_clear_error();
    if (verified != 1) {
        int reason = X509_STORE_CTX_get_error(verification);
        return tw_fail(ret_error, TW_E_CRYPTO, "pin certificate: %s",
                       X509_verify_cert_error_string(reason));
    }
    return tw_success();
}

static struct tw_status verify_purpose(X509 *certificate, int32_t bank_code, const char *pan,
                                       struct tw_error *ret_error) {
    struct tw_identity identity;
    if (X509_get_key_usage(certificate) != KU_KEY_AGREEMENT ||
        X509_get_extended_key_usage(certificate) != UINT32_MAX) {
        return tw_fail(ret_error, TW_E_CRYPTO,
                       "pin certificate: its usage is not key agreement alone");
    }
    struct tw_status status = tw_identity_of(certificate, &identity, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    if (identity.kind != TW_ID_PIN || identity.bank_code != bank_code) {
        return tw_fail(ret_error, TW_E_CRYPTO, "pin certificate: %s is not the PIN key of %08d",
                       identity.text, bank_code);
    }
    if (!tw_identity_covers(&identity, pan)) {
        return tw_fail(ret_error, TW_E_CRYPTO,
                       "pin certificate: %s is not for cards like the one in the machine",
                       identity.text);
    }
    return tw_success();
}

bool tw_pin_key_is_p256(const EVP_PKEY *key) {
    char curve[64] = "";
    bool known = EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) == 1;
    ERR_clear_error();
    return known && strcmp(curve, SN_X9_62_prime256v1) == 0;
}

struct tw_status tw_pin_certificate_key(const char *certificate_pem,
                                        const struct tw_pin_trust *trust, int32_t bank_code,
                                        const char *pan, EVP_PKEY **ret_key,
                                        struct tw_error *ret_error) {
    X509_OWNED X509 *root = read_certificate(BIO_new_file(trust->root_file, "r"));
    X509_OWNED X509 *certificate = NULL;
    size_t length = strnlen(certificate_pem, CERTIFICATE_TEXT_MAX + 1);

    *ret_key = NULL;
    if (root == NULL) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: no certificate in PEM", trust->root_file);
    }
    if (length <= CERTIFICATE_TEXT_MAX) {
        certificate = read_certificate(BIO_new_mem_buf(certificate_pem, (int)length));
    }
    if (certificate == NULL) {
        return tw_fail(ret_error, TW_E_CRYPTO, "pin certificate: not a certificate in PEM");
    }
    struct tw_status status = verify_chain(certificate, root, trust, ret_error);
    if (tw_ok(status)) {
        status = verify_purpose(certificate, bank_code, pan, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key == NULL || !tw_pin_key_is_p256(key)) {
        return tw_fail(ret_error, TW_E_CRYPTO, "pin certificate: its key is not on P-256");
    }
    EVP_PKEY_up_ref(key);
    *ret_key = key;
    return tw_success();
}
