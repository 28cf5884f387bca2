/*
 * The certificate comes through the middleware and the acquirer, whom the PIN must be hidden from:
 * either could offer a key of its own. So a terminal trusts only the network's root (a file it was
 * enrolled with), and only a certificate made for this one purpose: a bank's TLS certificate under
 * the same root must not do, nor another bank's PIN key: the bank's code comes the same way as the
 * certificate, so it is the card's own number that says whose key it must be.
 */
#include "pin/pin_certificate.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <string.h>

#include "net/identity.h"

static void drop_x509(X509 **certificate) {
    X509_free(*certificate);
}
#define X509_OWNED __attribute__((cleanup(drop_x509)))

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

struct tw_status tw_pin_certificate_key(const char *certificate_pem, const struct tw_trust *trust,
                                        int32_t bank_code, const char *pan, EVP_PKEY **ret_key,
                                        struct tw_error *ret_error) {
    X509_OWNED X509 *certificate = NULL;

    *ret_key = NULL;
    struct tw_status status = tw_chain_verify(certificate_pem, trust, &certificate, ret_error);
    if (!tw_ok(status)) {
        return status.code == TW_E_CRYPTO && ret_error != NULL
                   ? tw_wrap(ret_error, "pin certificate")
                   : status;
    }
    status = verify_purpose(certificate, bank_code, pan, ret_error);
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
