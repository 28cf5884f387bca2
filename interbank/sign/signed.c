/* Files of a signer are read once: a renewed certificate counts after a restart, and what was
 * signed with the old one stays evidence. */
#include "sign/signed.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sign/jws.h"
#include "wire/json.h"

struct ib_signer {
    EVP_PKEY *key;
    char certificate[TW_CERTIFICATE_PEM_MAX + 1];
};

static struct ib_jws_kind kind_of(const char *type) {
    return (struct ib_jws_kind){.type = type, .name = type, .max = IB_SIGNED_TEXT_MAX};
}

/* The file's certificate alone, without what else stands in it. */
static struct tw_status read_certificate(struct ib_signer *signer, const char *file,
                                         struct tw_error *ret_error) {
    BIO *from = BIO_new_file(file, "r");
    X509 *certificate = from == NULL ? NULL : PEM_read_bio_X509(from, NULL, NULL, NULL);
    BIO *to = BIO_new(BIO_s_mem());
    int length = 0;
    if (certificate != NULL && to != NULL && PEM_write_bio_X509(to, certificate) == 1) {
        length = BIO_read(to, signer->certificate, (int)sizeof signer->certificate - 1);
    }
    bool ours = certificate != NULL && X509_check_private_key(certificate, signer->key) == 1;
    X509_free(certificate);
    BIO_free(from);
    BIO_free(to);
    ERR_clear_error();
    if (length <= 0 || !ours) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: no certificate in PEM that fits the key", file);
    }
    return tw_success();
}

struct tw_status ib_signer_new(const char *certificate_file, const char *key_file,
                               struct ib_signer **ret_signer, struct tw_error *ret_error) {
    struct ib_signer *signer = calloc(1, sizeof *signer);
    if (signer == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a signer");
    }
    struct tw_status status = ib_jws_private_key(key_file, &signer->key, ret_error);
    if (tw_ok(status)) {
        status = read_certificate(signer, certificate_file, ret_error);
    }
    if (!tw_ok(status)) {
        ib_signer_free(signer);
        return status;
    }
    *ret_signer = signer;
    return status;
}

void ib_signer_free(struct ib_signer *signer) {
    if (signer != NULL) {
        EVP_PKEY_free(signer->key);
        free(signer);
    }
}

const char *ib_signer_certificate(const struct ib_signer *signer) {
    return signer->certificate;
}

struct tw_status ib_signer_seal(const struct ib_signer *signer, const char *type, json_t *payload,
                                char **ret_text, struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *owned = payload;
    struct ib_jws_kind kind = kind_of(type);
    char *text = owned != NULL ? json_dumps(owned, JSON_COMPACT) : NULL;
    *ret_text = NULL;
    if (text == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a statement");
    }
    struct tw_status status =
        ib_jws_seal(text, strlen(text), &kind, signer->key, ret_text, ret_error);
    free(text);
    return status;
}

/* A PIN key, say, never signs, whatever the holder of it says. */
static bool may_sign(X509 *certificate) {
    bool named = (X509_get_extension_flags(certificate) & EXFLAG_KUSAGE) != 0;
    return named && (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0;
}

struct tw_status ib_signed_open(const struct tw_trust *trust, const char *type, const char *text,
                                const char *certificate_pem, struct tw_identity *ret_identity,
                                json_t **ret_payload, struct tw_error *ret_error) {
    struct ib_jws_kind kind = kind_of(type);
    X509 *certificate = NULL;
    char *payload = NULL;
    size_t length = 0;
    *ret_payload = NULL;
    struct tw_status status = tw_chain_verify(certificate_pem, trust, &certificate, ret_error);
    if (tw_ok(status)) {
        status = tw_identity_of(certificate, ret_identity, ret_error);
    }
    if (tw_ok(status) && !may_sign(certificate)) {
        status = tw_fail(ret_error, TW_E_CRYPTO, "%s: its certificate is not for signatures", type);
    }
    if (tw_ok(status)) {
        status =
            ib_jws_open(text, &kind, X509_get0_pubkey(certificate), &payload, &length, ret_error);
    }
    if (tw_ok(status)) {
        status = tw_json_parse(payload, length, TW_JSON_LIMITS_DEFAULT, ret_payload, ret_error);
    }
    free(payload);
    X509_free(certificate);
    return status;
}
