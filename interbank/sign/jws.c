/*
 * libjose verifies, but does not get to choose: the protected header is compared as text with the
 * only one that is ever made, so that there is no algorithm, key or extension to negotiate ("none",
 * HMAC with the public key, "crit", "jwk" are all simply another text). The header also names the
 * kind of document, so that nothing else a key signs can be taken for it.
 * Parts are strict base64url: one spelling per document.
 */
#include "sign/jws.h"

#include <jansson.h>
#include <jose/jws.h>
#include <jose/openssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pin/base64url.h"
#include "pin/compact.h"
#include "pin/secret_file.h"
#include "wire/json.h"

#define HEADER_SIZE     96
#define SIGNATURE_BYTES 64
#define PART_COUNT      3

enum part_name { PART_HEADER, PART_PAYLOAD, PART_SIGNATURE };

static void drop_text(char **text) {
    free(*text);
}
#define TEXT_OWNED __attribute__((cleanup(drop_text)))

static struct tw_status refuse(struct tw_error *ret_error, const struct ib_jws_kind *kind,
                               const char *reason) {
    ERR_clear_error(); /* what OpenSSL left there must not be taken for a TLS fault */
    return tw_fail(ret_error, TW_E_CRYPTO, "%s: %s", kind->name, reason);
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

static size_t header_text(const struct ib_jws_kind *kind,
                          char ret_encoded[TW_BASE64URL_LENGTH(HEADER_SIZE) + 1]) {
    char header[HEADER_SIZE];
    int length = snprintf(header, sizeof header, "{\"alg\":\"ES256\",\"typ\":\"%s\"}", kind->type);
    tw_assert(length > 0 && (size_t)length < sizeof header);
    tw_base64url_encode((const uint8_t *)header, (size_t)length, ret_encoded);
    return strlen(ret_encoded);
}

static bool header_is_ours(const struct tw_compact_part *part, const struct ib_jws_kind *kind) {
    char header[TW_BASE64URL_LENGTH(HEADER_SIZE) + 1];
    size_t length = header_text(kind, header);
    return part->length == length && memcmp(part->text, header, length) == 0;
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

struct tw_status ib_jws_certificate_key(const char *certificate_file, EVP_PKEY **ret_key,
                                        struct tw_error *ret_error) {
    BIO *from = BIO_new_file(certificate_file, "r");
    X509 *certificate = from == NULL ? NULL : PEM_read_bio_X509(from, NULL, NULL, NULL);
    EVP_PKEY *key = certificate == NULL ? NULL : X509_get_pubkey(certificate);
    X509_free(certificate);
    BIO_free(from);
    TW_JSON_OWNED json_t *jwk = jwk_of(key);
    if (jwk == NULL) {
        EVP_PKEY_free(key);
        return tw_fail(ret_error, TW_E_CONFIG, "%s: no certificate with a key on P-256 in PEM",
                       certificate_file);
    }
    *ret_key = key;
    return tw_success();
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

struct tw_status ib_jws_open(const char *text, const struct ib_jws_kind *kind, EVP_PKEY *key,
                             char **ret_payload, size_t *ret_length, struct tw_error *ret_error) {
    struct tw_compact_part parts[PART_COUNT];

    *ret_payload = NULL;
    if (strnlen(text, kind->max + 1) > kind->max) {
        return tw_fail(ret_error, TW_E_TOO_LARGE, "%s: longer than %zu characters", kind->name,
                       kind->max);
    }
    if (!tw_compact_split(text, parts, PART_COUNT)) {
        return refuse(ret_error, kind, "not a compact JWS");
    }
    if (!header_is_ours(&parts[PART_HEADER], kind)) {
        return refuse(ret_error, kind, "its header is not the one of its kind, signed with ES256");
    }
    TW_JSON_OWNED json_t *jwk = jwk_of(key);
    if (jwk == NULL || !signature_has_its_length(&parts[PART_SIGNATURE]) || !verifies(parts, jwk)) {
        return refuse(ret_error, kind, "not signed by the key that it should be signed by");
    }
    *ret_payload = decode(&parts[PART_PAYLOAD], ret_length);
    return *ret_payload != NULL ? tw_success()
                                : refuse(ret_error, kind, "its payload is not base64url");
}

/* Never asks a person for a password, which PEM reading does by default. */
static int no_password(char *buffer, int size, int writing, void *context) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

struct tw_status ib_jws_private_key(const char *key_file, EVP_PKEY **ret_key,
                                    struct tw_error *ret_error) {
    struct tw_status status = tw_secret_file_check(key_file, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    BIO *from = BIO_new_file(key_file, "r");
    EVP_PKEY *key = from == NULL ? NULL : PEM_read_bio_PrivateKey(from, NULL, no_password, NULL);
    BIO_free(from);
    TW_JSON_OWNED json_t *jwk = jwk_of(key);
    if (jwk == NULL) {
        EVP_PKEY_free(key);
        return tw_fail(ret_error, TW_E_CONFIG, "%s: no private key on P-256 in PEM", key_file);
    }
    *ret_key = key;
    return tw_success();
}

/* {"payload":..., "protected":..., "signature":...}, or NULL. */
static json_t *sign(const char *payload, size_t length, const struct ib_jws_kind *kind,
                    const json_t *jwk) {
    TEXT_OWNED char *encoded = malloc(TW_BASE64URL_LENGTH(length) + 1);
    char header[TW_BASE64URL_LENGTH(HEADER_SIZE) + 1];
    if (encoded == NULL) {
        return NULL;
    }
    tw_base64url_encode((const uint8_t *)payload, length, encoded);
    (void)header_text(kind, header);
    json_t *jws = json_pack("{s:s}", "payload", encoded);
    TW_JSON_OWNED json_t *signature = json_pack("{s:s}", "protected", header);
    if (!jose_jws_sig(NULL, jws, signature, jwk)) {
        json_decref(jws);
        jws = NULL;
    }
    ERR_clear_error();
    return jws;
}

struct tw_status ib_jws_seal(const char *payload, size_t length, const struct ib_jws_kind *kind,
                             EVP_PKEY *key, char **ret_text, struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *jwk = jwk_of(key);

    *ret_text = NULL;
    TW_JSON_OWNED json_t *jws = jwk != NULL ? sign(payload, length, kind, jwk) : NULL;
    const char *header = json_string_value(json_object_get(jws, "protected"));
    const char *body = json_string_value(json_object_get(jws, "payload"));
    const char *signature = json_string_value(json_object_get(jws, "signature"));
    if (header == NULL || body == NULL || signature == NULL ||
        asprintf(ret_text, "%s.%s.%s", header, body, signature) < 0) {
        *ret_text = NULL;
        return refuse(ret_error, kind, "could not be signed");
    }
    if (strlen(*ret_text) > kind->max) {
        free(*ret_text);
        *ret_text = NULL;
        return tw_fail(ret_error, TW_E_TOO_LARGE, "%s: longer than %zu characters", kind->name,
                       kind->max);
    }
    return tw_success();
}
