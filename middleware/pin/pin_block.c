/*
 * JWE by libjose, fenced in on both sides, because libjose decides by what a message says:
 *
 *   - the header is read and compared with the one form we make before libjose sees the block: no
 *     other algorithm, curve or member (zip, apu, p2c, crit...) gets that far;
 *   - libjose gets a JWE object built here from the five parts, so there is no unprotected header,
 *     no recipient list and no JSON serialization to choose from;
 *   - every part has a fixed length and one spelling (strict base64url);
 *   - the plaintext goes into a buffer here: libjose's own grows byte by byte with realloc and
 *     leaves copies of the PIN in freed memory.
 *
 * Encrypting moves the ephemeral key from the recipient's header, where libjose puts it, into the
 * protected header, the only one that the compact serialization has; then the rest is encrypted.
 */
#include "pin/pin_block.h"

#include <jansson.h>
#include <jose/b64.h>
#include <jose/io.h>
#include <jose/jwe.h>
#include <jose/openssl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pin/base64url.h"
#include "pin/compact.h"
#include "pin/pin_certificate.h"
#include "pin/pin_plain.h"
#include "pin/secret_file.h"
#include "wire/json.h"

#define ALGORITHM         "ECDH-ES"
#define ENCRYPTION        "A256GCM"
#define CURVE             "P-256"
#define HEADER_BYTES_MAX  384
#define COORDINATE_BYTES  32
#define IV_BYTES          12
#define TAG_BYTES         16
#define PART_COUNT        5
#define HEADER_LENGTH_MAX TW_BASE64URL_LENGTH(HEADER_BYTES_MAX)

static const struct tw_json_limits header_limits = {
    .bytes = HEADER_BYTES_MAX, .depth = 2, .values = 16};

struct tw_pin_encryptor {
    json_t *key;
};

struct tw_pin_decryptor {
    json_t *key;
};

enum part_name { PART_HEADER, PART_KEY, PART_IV, PART_CIPHERTEXT, PART_TAG };

static void drop_key(EVP_PKEY **key) {
    EVP_PKEY_free(*key);
}

static void drop_io(jose_io_t **io) {
    jose_io_decref(*io);
}
#define IO_OWNED __attribute__((cleanup(drop_io)))

static struct tw_status refuse(struct tw_error *ret_error, const char *reason) {
    ERR_clear_error(); /* what OpenSSL left there must not be taken for a TLS fault */
    return tw_fail(ret_error, TW_E_CRYPTO, "pin block: %s", reason);
}

/* ---- reading ---- */

static bool has_bytes(const struct tw_compact_part *part, size_t size) {
    uint8_t bytes[TW_PIN_PLAIN_BYTES];
    tw_assert(size <= sizeof bytes);
    return tw_base64url_decode(part->text, part->length, bytes, size);
}

static bool is_text(const json_t *object, const char *name, const char *expected) {
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && strcmp(text, expected) == 0;
}

static bool is_coordinate(const json_t *object, const char *name) {
    const json_t *text = json_object_get(object, name);
    struct tw_compact_part part = {json_string_value(text), json_string_length(text)};
    return part.text != NULL && has_bytes(&part, COORDINATE_BYTES);
}

/* {"alg":"ECDH-ES","enc":"A256GCM","epk":{"kty":"EC","crv":"P-256","x":...,"y":...}}, in any order
 * and with nothing else. Whether the point is on the curve is checked by OpenSSL later. */
static bool is_our_header(const json_t *header) {
    const json_t *ephemeral = json_object_get(header, "epk");
    return json_object_size(header) == 3 && is_text(header, "alg", ALGORITHM) &&
           is_text(header, "enc", ENCRYPTION) && json_object_size(ephemeral) == 4 &&
           is_text(ephemeral, "kty", "EC") && is_text(ephemeral, "crv", CURVE) &&
           is_coordinate(ephemeral, "x") && is_coordinate(ephemeral, "y");
}

static bool header_is_ours(const struct tw_compact_part *part) {
    TW_JSON_OWNED json_t *header = NULL;
    uint8_t bytes[HEADER_BYTES_MAX];
    size_t size = part->length * 3 / 4;

    if (part->length > HEADER_LENGTH_MAX ||
        !tw_base64url_decode(part->text, part->length, bytes, size)) {
        return false;
    }
    return tw_ok(tw_json_parse((const char *)bytes, size, header_limits, &header, NULL)) &&
           is_our_header(header);
}

static json_t *build_jwe(const struct tw_compact_part parts[PART_COUNT]) {
    return json_pack("{s:s%,s:s%,s:s%}", "protected", parts[PART_HEADER].text,
                     parts[PART_HEADER].length, "iv", parts[PART_IV].text, parts[PART_IV].length,
                     "tag", parts[PART_TAG].text, parts[PART_TAG].length);
}

/* True only when the tag was right: the bytes are there earlier, but must not be believed. */
static bool decrypt(const json_t *jwe, const json_t *key, const struct tw_compact_part *ciphertext,
                    char ret_bytes[TW_PIN_PLAIN_BYTES]) {
    size_t size = TW_PIN_PLAIN_BYTES;
    IO_OWNED jose_io_t *plain = jose_io_buffer(NULL, ret_bytes, &size);
    IO_OWNED jose_io_t *cipher =
        plain == NULL ? NULL : jose_jwe_dec_io(NULL, jwe, NULL, key, plain);
    IO_OWNED jose_io_t *text = cipher == NULL ? NULL : jose_b64_dec_io(cipher);

    return text != NULL && text->feed(text, ciphertext->text, ciphertext->length) &&
           text->done(text) && size == TW_PIN_PLAIN_BYTES;
}

struct tw_status tw_pin_decrypt(const struct tw_pin_decryptor *decryptor, const char *block,
                                struct tw_pin_plain *ret_plain, struct tw_error *ret_error) {
    struct tw_compact_part parts[PART_COUNT];
    char bytes[TW_PIN_PLAIN_BYTES];

    memset(ret_plain, 0, sizeof *ret_plain);
    if (strnlen(block, TW_PIN_BLOCK_MAX + 1) > TW_PIN_BLOCK_MAX) {
        return refuse(ret_error, "too long");
    }
    if (!tw_compact_split(block, parts, PART_COUNT) || parts[PART_KEY].length != 0 ||
        !has_bytes(&parts[PART_IV], IV_BYTES) || !has_bytes(&parts[PART_TAG], TAG_BYTES) ||
        !has_bytes(&parts[PART_CIPHERTEXT], TW_PIN_PLAIN_BYTES)) {
        return refuse(ret_error, "not in the compact form of this network");
    }
    if (!header_is_ours(&parts[PART_HEADER])) {
        return refuse(ret_error, "its header is not " ALGORITHM ", " ENCRYPTION ", " CURVE);
    }
    TW_JSON_OWNED json_t *jwe = build_jwe(parts);
    if (jwe == NULL) { /* libjose would call itself for ever */
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a pin block");
    }
    bool complete = decrypt(jwe, decryptor->key, &parts[PART_CIPHERTEXT], bytes);
    if (complete) {
        complete = tw_pin_plain_read(bytes, ret_plain);
    }
    tw_wipe(bytes, sizeof bytes);
    return complete ? tw_success() : refuse(ret_error, "does not decrypt to a PIN with this key");
}

/* ---- writing ---- */

/* A JWE object with the complete protected header and a fresh content key, or NULL. */
static json_t *begin_jwe(const json_t *recipient, json_t *content_key) {
    TW_JSON_OWNED json_t *jwe =
        json_pack("{s:{s:s,s:s}}", "protected", "alg", ALGORITHM, "enc", ENCRYPTION);

    if (jwe == NULL || !jose_jwe_enc_jwk(NULL, jwe, NULL, recipient, content_key)) {
        return NULL;
    }
    json_t *ephemeral = json_object_get(json_object_get(jwe, "header"), "epk");
    if (ephemeral == NULL ||
        json_object_set(json_object_get(jwe, "protected"), "epk", ephemeral) != 0 ||
        json_object_del(jwe, "header") != 0) {
        return NULL;
    }
    return json_incref(jwe);
}

/* Compact serialization, malloc'd, or NULL. */
static char *serialize(const json_t *jwe) {
    const char *header = json_string_value(json_object_get(jwe, "protected"));
    const char *iv = json_string_value(json_object_get(jwe, "iv"));
    const char *ciphertext = json_string_value(json_object_get(jwe, "ciphertext"));
    const char *tag = json_string_value(json_object_get(jwe, "tag"));
    char *block = NULL;

    if (header == NULL || iv == NULL || ciphertext == NULL || tag == NULL ||
        asprintf(&block, "%s..%s.%s.%s", header, iv, ciphertext, tag) < 0) {
        return NULL;
    }
    return block;
}

struct tw_status tw_pin_encrypt(const struct tw_pin_encryptor *encryptor,
                                const struct tw_pin_plain *plain, char **ret_block,
                                struct tw_error *ret_error) {
    char bytes[TW_PIN_PLAIN_BYTES];

    *ret_block = NULL;
    struct tw_status status = tw_pin_plain_write(plain, bytes, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    TW_JSON_OWNED json_t *content_key = json_object();
    TW_JSON_OWNED json_t *jwe = begin_jwe(encryptor->key, content_key);
    if (jwe != NULL && jose_jwe_enc_cek(NULL, jwe, content_key, bytes, sizeof bytes)) {
        *ret_block = serialize(jwe);
    }
    tw_wipe(bytes, sizeof bytes);
    return *ret_block != NULL ? tw_success() : refuse(ret_error, "could not be made");
}

/* ---- keys ---- */

/* The JWK of a key; knows its curve, so that libjose has no default (P-521) to fall back to. */
static struct tw_status jwk_of(EVP_PKEY *key, json_t **ret_jwk, struct tw_error *ret_error) {
    *ret_jwk = jose_openssl_jwk_from_EVP_PKEY(NULL, key);
    ERR_clear_error();
    if (*ret_jwk == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a key");
    }
    tw_assert(is_text(*ret_jwk, "crv", CURVE));
    return tw_success();
}

struct tw_status tw_pin_encryptor_new(const char *certificate_pem, const struct tw_trust *trust,
                                      int32_t bank_code, const char *pan,
                                      struct tw_pin_encryptor **ret_encryptor,
                                      struct tw_error *ret_error) {
    __attribute__((cleanup(drop_key))) EVP_PKEY *key = NULL;
    TW_JSON_OWNED json_t *jwk = NULL;

    *ret_encryptor = NULL;
    struct tw_status status =
        tw_pin_certificate_key(certificate_pem, trust, bank_code, pan, &key, ret_error);
    if (tw_ok(status)) {
        status = jwk_of(key, &jwk, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    struct tw_pin_encryptor *encryptor = calloc(1, sizeof *encryptor);
    if (encryptor == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a key");
    }
    encryptor->key = json_incref(jwk);
    *ret_encryptor = encryptor;
    return tw_success();
}

void tw_pin_encryptor_free(struct tw_pin_encryptor *encryptor) {
    if (encryptor != NULL) {
        json_decref(encryptor->key);
        free(encryptor);
    }
}

/* Never asks a person for a password, which PEM reading does by default. */
static int no_password(char *buffer, int size, int writing, void *context) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static EVP_PKEY *read_private_key(const char *file) {
    BIO *from = BIO_new_file(file, "r");
    EVP_PKEY *key = from == NULL ? NULL : PEM_read_bio_PrivateKey(from, NULL, no_password, NULL);
    BIO_free(from);
    ERR_clear_error();
    return key;
}

struct tw_status tw_pin_decryptor_new(const char *key_file, struct tw_pin_decryptor **ret_decryptor,
                                      struct tw_error *ret_error) {
    __attribute__((cleanup(drop_key))) EVP_PKEY *key = NULL;
    TW_JSON_OWNED json_t *jwk = NULL;

    *ret_decryptor = NULL;
    struct tw_status status = tw_secret_file_check(key_file, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    key = read_private_key(key_file);
    if (key == NULL || !tw_pin_key_is_p256(key)) {
        return tw_fail(ret_error, TW_E_CONFIG, "%s: no private key on P-256 in PEM", key_file);
    }
    status = jwk_of(key, &jwk, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    struct tw_pin_decryptor *decryptor = calloc(1, sizeof *decryptor);
    if (decryptor == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for a key");
    }
    decryptor->key = json_incref(jwk);
    *ret_decryptor = decryptor;
    return tw_success();
}

void tw_pin_decryptor_free(struct tw_pin_decryptor *decryptor) {
    if (decryptor != NULL) {
        json_decref(decryptor->key);
        free(decryptor);
    }
}
