/*
 * libjose verifies, but does not get to choose: the protected header is compared as text with the
 * only one that is ever made, so that there is no algorithm, key or extension to negotiate ("none",
 * HMAC with the public key, "crit", "jwk" are all simply another text). The header also names the
 * kind of document, so that nothing else the root may sign one day can be taken for a directory.
 * Parts are strict base64url: one spelling per document.
 */
#include "directory/jws.h"

#include <jansson.h>
#include <jose/jws.h>
#include <jose/openssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "directory/directory.h"
#include "pin/base64url.h"
#include "pin/compact.h"
#include "pin/secret_file.h"
#include "wire/json.h"

#define HEADER          "{\"alg\":\"ES256\",\"typ\":\"tellerwire-directory\"}"
#define HEADER_LENGTH   (sizeof HEADER - 1)
#define SIGNATURE_BYTES 64
#define PART_COUNT      3

enum part_name { PART_HEADER, PART_PAYLOAD, PART_SIGNATURE };

static void drop_key(EVP_PKEY **key) {
    EVP_PKEY_free(*key);
}
#define KEY_OWNED __attribute__((cleanup(drop_key)))

static void drop_text(char **text) {
    free(*text);
}
#define TEXT_OWNED __attribute__((cleanup(drop_text)))

static struct tw_status refuse(struct tw_error *ret_error, const char *reason) {
    ERR_clear_error(); /* what OpenSSL left there must not be taken for a TLS fault */
    return tw_fail(ret_error, TW_E_CRYPTO, "directory: %s", reason);
}

/* With a NUL behind the bytes; NULL when the part is not base64url, or memory ran out. */
static char *decode(const struct tw_compact_part *part, size_t *ret_length) {
    *ret_length = part->length * 3 / 4;
    char *bytes = calloc(1, *ret_length + 1);
    if (bytes != NULL &&
        !tw_base64url_decode(part->text, part->length, (uint8_t *)bytes, *ret_length)) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

static bool header_is_ours(const struct tw_compact_part *part) {
    char header[TW_BASE64URL_LENGTH(HEADER_LENGTH) + 1];
    tw_base64url_encode((const uint8_t *)HEADER, HEADER_LENGTH, header);
    return part->length == sizeof header - 1 && memcmp(part->text, header, part->length) == 0;
}

static bool signature_has_its_length(const struct tw_compact_part *part) {
    uint8_t bytes[SIGNATURE_BYTES];
    return tw_base64url_decode(part->text, part->length, bytes, sizeof bytes);
}

/* The JWK of a key on P-256, else NULL. */
static json_t *jwk_of(EVP_PKEY *key) {
    json_t *jwk = key == NULL ? NULL : jose_openssl_jwk_from_EVP_PKEY(NULL, key);
    const char *curve = json_string_value(json_object_get(jwk, "crv"));
    if (curve == NULL || strcmp(curve, "P-256") != 0) {
        json_decref(jwk);
        jwk = NULL;
    }
    ERR_clear_error();
    return jwk;
}

static struct tw_status root_key(const char *root_file, json_t **ret_jwk,
                                 struct tw_error *ret_error) {
    BIO *from = BIO_new_file(root_file, "r");
    X509 *root = from == NULL ? NULL : PEM_read_bio_X509(from, NULL, NULL, NULL);
    *ret_jwk = root == NULL ? NULL : jwk_of(X509_get0_pubkey(root));
    X509_free(root);
    BIO_free(from);
    ERR_clear_error();
    return *ret_jwk != NULL ? tw_success()
                            : tw_fail(ret_error, TW_E_CONFIG,
                                      "%s: no certificate with a key on P-256 in PEM", root_file);
}

static bool verifies(const struct tw_compact_part parts[PART_COUNT], const json_t *jwk) {
    TW_JSON_OWNED json_t *jws = json_pack(
        "{s:s%,s:s%,s:s%}", "protected", parts[PART_HEADER].text, parts[PART_HEADER].length,
        "payload", parts[PART_PAYLOAD].text, parts[PART_PAYLOAD].length, "signature",
        parts[PART_SIGNATURE].text, parts[PART_SIGNATURE].length);
    bool right = jws != NULL && jose_jws_ver(NULL, jws, NULL, jwk, false);
    ERR_clear_error();
    return right;
}

struct tw_status ib_jws_open(const char *text, const char *root_file, char **ret_payload,
                             size_t *ret_length, struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *jwk = NULL;
    struct tw_compact_part parts[PART_COUNT];

    *ret_payload = NULL;
    if (strnlen(text, IB_DIRECTORY_TEXT_MAX + 1) > IB_DIRECTORY_TEXT_MAX) {
        return tw_fail(ret_error, TW_E_TOO_LARGE, "directory: longer than %d characters",
                       IB_DIRECTORY_TEXT_MAX);
    }
    if (!tw_compact_split(text, parts, PART_COUNT)) {
        return refuse(ret_error, "not a compact JWS");
    }
    if (!header_is_ours(&parts[PART_HEADER])) {
        return refuse(ret_error, "its header is not the one of a directory signed with ES256");
    }
    struct tw_status status = root_key(root_file, &jwk, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    if (!signature_has_its_length(&parts[PART_SIGNATURE]) || !verifies(parts, jwk)) {
        return refuse(ret_error, "not signed by the network's root");
    }
    *ret_payload = decode(&parts[PART_PAYLOAD], ret_length);
    return *ret_payload != NULL ? tw_success() : refuse(ret_error, "its payload is not base64url");
}

/* Never asks a person for a password, which PEM reading does by default. */
static int no_password(char *buffer, int size, int writing, void *context) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static struct tw_status signing_key(const char *key_file, json_t **ret_jwk,
                                    struct tw_error *ret_error) {
    KEY_OWNED EVP_PKEY *key = NULL;
    struct tw_status status = tw_secret_file_check(key_file, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    BIO *from = BIO_new_file(key_file, "r");
    key = from == NULL ? NULL : PEM_read_bio_PrivateKey(from, NULL, no_password, NULL);
    BIO_free(from);
    *ret_jwk = jwk_of(key);
    return *ret_jwk != NULL
               ? tw_success()
               : tw_fail(ret_error, TW_E_CONFIG, "%s: no private key on P-256 in PEM", key_file);
}

/* {"payload":..., "protected":..., "signature":...}, or NULL. */
static json_t *sign(const char *payload, size_t length, const json_t *jwk) {
    TEXT_OWNED char *encoded = malloc(TW_BASE64URL_LENGTH(length) + 1);
    char header[TW_BASE64URL_LENGTH(HEADER_LENGTH) + 1];
    if (encoded == NULL) {
        return NULL;
    }
    tw_base64url_encode((const uint8_t *)payload, length, encoded);
    tw_base64url_encode((const uint8_t *)HEADER, HEADER_LENGTH, header);
    json_t *jws = json_pack("{s:s}", "payload", encoded);
    TW_JSON_OWNED json_t *signature = json_pack("{s:s}", "protected", header);
    if (!jose_jws_sig(NULL, jws, signature, jwk)) {
        json_decref(jws);
        jws = NULL;
    }
    ERR_clear_error();
    return jws;
}

struct tw_status ib_jws_seal(const char *payload, size_t length, const char *key_file,
                             char **ret_text, struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *jwk = NULL;

    *ret_text = NULL;
    struct tw_status status = signing_key(key_file, &jwk, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    TW_JSON_OWNED json_t *jws = sign(payload, length, jwk);
    const char *header = json_string_value(json_object_get(jws, "protected"));
    const char *body = json_string_value(json_object_get(jws, "payload"));
    const char *signature = json_string_value(json_object_get(jws, "signature"));
    if (header == NULL || body == NULL || signature == NULL ||
        asprintf(ret_text, "%s.%s.%s", header, body, signature) < 0) {
        *ret_text = NULL;
        return refuse(ret_error, "could not be signed");
    }
    if (strlen(*ret_text) > IB_DIRECTORY_TEXT_MAX) {
        free(*ret_text);
        *ret_text = NULL;
        return tw_fail(ret_error, TW_E_TOO_LARGE, "directory: longer than %d characters",
                       IB_DIRECTORY_TEXT_MAX);
    }
    return tw_success();
}
