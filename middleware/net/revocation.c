/*
 * OpenSSL verifies a list's signature for every certificate that it looks up in it, which was a
 * quarter of what a handshake costs. Here it is verified once, when the list is read, together with
 * all else that does not change; a handshake asks only whether the list is current. For that a list
 * must be the root's own and complete: no other issuer, no part of a list, no delta.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "net/tls_parts.h"

static void close_bio(BIO **bio) {
    BIO_free(*bio);
}

static void drop_list(X509_CRL **list) {
    X509_CRL_free(*list);
}

struct tw_status tw_tls_file_failure(const char *what, const char *path,
                                     struct tw_error *ret_error) {
    unsigned long code = ERR_peek_last_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return tw_fail(ret_error, TW_E_CONFIG, "%s %s: %s", what, path,
                   reason != NULL ? reason : "cannot be read");
}

int64_t tw_asn1_ms(const ASN1_TIME *when) {
    struct tm civil;
    if (when == NULL || ASN1_TIME_to_tm(when, &civil) != 1) {
        return 0;
    }
    return (int64_t)timegm(&civil) * 1000;
}

/* Of every list in the store; replaces OpenSSL's check. */
static int check_current(X509_STORE_CTX *check, X509_CRL *list) {
    int64_t now_ms = (int64_t)X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(check)) * 1000;
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);
    if (tw_asn1_ms(X509_CRL_get0_lastUpdate(list)) > now_ms) {
        X509_STORE_CTX_set_error(check, X509_V_ERR_CRL_NOT_YET_VALID);
        return 0;
    }
    if (next != NULL && tw_asn1_ms(next) <= now_ms) {
        X509_STORE_CTX_set_error(check, X509_V_ERR_CRL_HAS_EXPIRED);
        return 0;
    }
    return 1;
}

static bool is_complete_and_signed(X509_CRL *list, X509 *root) {
    return X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(root)) == 0 &&
           X509_CRL_get_ext_by_NID(list, NID_issuing_distribution_point, -1) < 0 &&
           X509_CRL_get_ext_by_NID(list, NID_delta_crl, -1) < 0 &&
           (X509_get_key_usage(root) & KU_CRL_SIGN) != 0 &&
           X509_CRL_verify(list, X509_get0_pubkey(root)) == 1;
}

static struct tw_status add(X509_STORE *store, X509 *root, X509_CRL *list, const char *path,
                            int64_t *expires_ms, struct tw_error *ret_error) {
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);
    if (!is_complete_and_signed(list, root)) {
        ERR_clear_error();
        return tw_fail(ret_error, TW_E_CONFIG,
                       "revocation list %s: not a whole list signed by the network's root", path);
    }
    if (X509_STORE_add_crl(store, list) != 1) {
        return tw_tls_file_failure("revocation list", path, ret_error);
    }
    if (next != NULL && tw_asn1_ms(next) < *expires_ms) {
        *expires_ms = tw_asn1_ms(next);
    }
    return tw_success();
}

struct tw_status tw_revocation_load(X509_STORE *store, X509 *root, const char *path,
                                    const struct tw_clock *clock, int64_t *ret_expires_ms,
                                    struct tw_error *ret_error) {
    __attribute__((cleanup(close_bio))) BIO *file = BIO_new_file(path, "r");
    size_t count = 0;
    bool more = file != NULL;
    *ret_expires_ms = INT64_MAX;
    while (more) {
        __attribute__((cleanup(drop_list))) X509_CRL *list =
            PEM_read_bio_X509_CRL(file, NULL, NULL, NULL);
        more = list != NULL;
        if (!more) {
            continue;
        }
        struct tw_status status = add(store, root, list, path, ret_expires_ms, ret_error);
        if (!tw_ok(status)) {
            return status;
        }
        count++;
    }
    if (count == 0) {
        return tw_tls_file_failure("revocation list", path, ret_error);
    }
    ERR_clear_error(); /* the end of the file was reported as an error */
    if (*ret_expires_ms <= tw_wall_ms(clock)) {
        return tw_fail(ret_error, TW_E_CONFIG, "revocation list %s: has expired", path);
    }
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    X509_STORE_set_check_crl(store, check_current);
    return tw_success();
}
