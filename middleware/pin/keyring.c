/*
 * Three HMAC-SHA256 contexts, keyed once when the file is loaded: starting one again from its key
 * costs a copy of two hash states, so that checking a session token, which every operation does,
 * stays near a microsecond. One key per purpose keeps a PIN digest from ever passing for a token.
 *
 * A token is what it says (claims, 40 bytes, big endian) followed by its HMAC: 72 bytes, a multiple
 * of three, hence 96 characters without unused bits. JWS was rejected: an algorithm field in a
 * token is a choice for the attacker, and parsing JSON on the hot path is paid by every request.
 *
 * The contexts are working memory: one thread.
 */
#include "pin/keyring.h"

#include <ctype.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/config.h"
#include "pin/base64url.h"
#include "pin/pin_block.h"
#include "pin/secret_file.h"

#define KEY_BYTES    32
#define CLAIMS_BYTES 40
#define TOKEN_BYTES  (CLAIMS_BYTES + TW_DIGEST_BYTES)
#define TOKEN_LENGTH TW_BASE64URL_LENGTH(TOKEN_BYTES)

_Static_assert(TOKEN_BYTES % 3 == 0, "a token has no unused bits");
_Static_assert(TOKEN_LENGTH < TW_TOKEN_SIZE, "a token fits its buffer");

struct tw_keyring {
    EVP_MAC_CTX *pin_digest;
    EVP_MAC_CTX *pan_digest;
    EVP_MAC_CTX *session;
};

/* The file as it is read: hexadecimal text. */
struct keyring_file {
    char *pin_digest;
    char *pan_digest;
    char *session;
};

#define KEY(name, about)                                                                           \
    {                                                                                              \
        .section = "keys", .key = #name, .kind = TW_CONFIG_STRING,                                 \
        .offset = offsetof(struct keyring_file, name), .help = (about)                             \
    }

static const struct tw_config_key file_keys[] = {
    KEY(pin_digest, "key of PIN digests, 64 hexadecimal digits"),
    KEY(pan_digest, "key of PAN digests, 64 hexadecimal digits"),
    KEY(session, "key of session tokens, 64 hexadecimal digits"),
};
#define FILE_KEY_COUNT (sizeof file_keys / sizeof file_keys[0])

static void drop_file(struct keyring_file *file) {
    char *texts[] = {file->pin_digest, file->pan_digest, file->session};
    for (size_t i = 0; i < FILE_KEY_COUNT; i++) {
        if (texts[i] != NULL) {
            tw_wipe(texts[i], strlen(texts[i]));
        }
    }
    tw_config_free(file_keys, FILE_KEY_COUNT, file);
}

static int hex_value(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));
    return found == NULL ? -1 : (int)(found - digits);
}

static bool hex_to_key(const char *text, uint8_t ret_key[KEY_BYTES]) {
    if (strlen(text) != (size_t)2 * KEY_BYTES) {
        return false;
    }
    for (size_t i = 0; i < KEY_BYTES; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        ret_key[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

/* A context that starts again from its key with every message, or NULL. */
static EVP_MAC_CTX *keyed_hmac(const uint8_t key[KEY_BYTES]) {
    static char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac); /* the context holds its own reference */
    if (context != NULL && EVP_MAC_init(context, key, KEY_BYTES, parameters) != 1) {
        EVP_MAC_CTX_free(context);
        return NULL;
    }
    return context;
}

static struct tw_status load_key(const char *name, const char *text, EVP_MAC_CTX **ret_context,
                                 struct tw_error *ret_error) {
    uint8_t key[KEY_BYTES];
    if (!hex_to_key(text, key)) {
        tw_wipe(key, sizeof key);
        return tw_fail(ret_error, TW_E_CONFIG, "key %s is not 64 hexadecimal digits", name);
    }
    *ret_context = keyed_hmac(key);
    tw_wipe(key, sizeof key);
    if (*ret_context == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no HMAC context");
    }
    return tw_success();
}

static struct tw_status load_keys(const struct keyring_file *file, struct tw_keyring *keyring,
                                  struct tw_error *ret_error) {
    struct tw_status status =
        load_key("pin_digest", file->pin_digest, &keyring->pin_digest, ret_error);
    if (tw_ok(status)) {
        status = load_key("pan_digest", file->pan_digest, &keyring->pan_digest, ret_error);
    }
    if (tw_ok(status)) {
        status = load_key("session", file->session, &keyring->session, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    if (strcasecmp(file->pin_digest, file->pan_digest) == 0 ||
        strcasecmp(file->pan_digest, file->session) == 0 ||
        strcasecmp(file->session, file->pin_digest) == 0) {
        return tw_fail(ret_error, TW_E_CONFIG, "two keys are the same; each needs its own");
    }
    return tw_success();
}

struct tw_status tw_keyring_load(const char *file, struct tw_keyring **ret_keyring,
                                 struct tw_error *ret_error) {
    __attribute__((cleanup(drop_file))) struct keyring_file text = {0};

    *ret_keyring = NULL;
    struct tw_status status = tw_secret_file_check(file, ret_error);
    if (tw_ok(status)) {
        status = tw_config_load(file, file_keys, FILE_KEY_COUNT, &text, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    struct tw_keyring *keyring = calloc(1, sizeof *keyring);
    if (keyring == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for the keyring");
    }
    status = load_keys(&text, keyring, ret_error);
    if (!tw_ok(status)) {
        tw_keyring_free(keyring);
        return status;
    }
    *ret_keyring = keyring;
    return status;
}

void tw_keyring_free(struct tw_keyring *keyring) {
    if (keyring == NULL) {
        return;
    }
    EVP_MAC_CTX_free(keyring->pin_digest); /* OpenSSL wipes the key */
    EVP_MAC_CTX_free(keyring->pan_digest);
    EVP_MAC_CTX_free(keyring->session);
    free(keyring);
}

/* With contexts set up and fixed sizes these calls fail only when memory is gone. */
static void authenticate(EVP_MAC_CTX *context, const uint8_t *bytes, size_t length,
                         uint8_t ret_digest[TW_DIGEST_BYTES]) {
    size_t written = 0;
    tw_assert(EVP_MAC_init(context, NULL, 0, NULL) == 1);
    tw_assert(EVP_MAC_update(context, bytes, length) == 1);
    tw_assert(EVP_MAC_final(context, ret_digest, &written, TW_DIGEST_BYTES) == 1);
    tw_assert(written == TW_DIGEST_BYTES);
}

static uint8_t *put_big_endian(uint8_t *at, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    }
    return at + bytes;
}

static const uint8_t *get_big_endian(const uint8_t *at, size_t bytes, uint64_t *ret_value) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value = (value << 8) | at[i];
    }
    *ret_value = value;
    return at + bytes;
}

void tw_keyring_pan_digest(const struct tw_keyring *keyring, const char *pan,
                           uint8_t ret_digest[TW_DIGEST_BYTES]) {
    authenticate(keyring->pan_digest, (const uint8_t *)pan, strlen(pan), ret_digest);
}

/* The card's id is part of the message: equal PINs of two cards have unlike digests. */
void tw_keyring_pin_digest(const struct tw_keyring *keyring, int64_t card_id, const char *pin,
                           uint8_t ret_digest[TW_DIGEST_BYTES]) {
    uint8_t message[sizeof card_id + TW_PIN_TEXT_SIZE];
    uint8_t *at = put_big_endian(message, (uint64_t)card_id, sizeof card_id);
    size_t length = 0;

    for (; pin[length] != '\0'; length++) {
        tw_assert(length < TW_PIN_TEXT_SIZE);
        at[length] = (uint8_t)pin[length];
    }
    authenticate(keyring->pin_digest, message, sizeof card_id + length, ret_digest);
    tw_wipe(message, sizeof message);
}

bool tw_digest_equal(const uint8_t a[TW_DIGEST_BYTES], const uint8_t b[TW_DIGEST_BYTES]) {
    return CRYPTO_memcmp(a, b, TW_DIGEST_BYTES) == 0;
}

void tw_session_seal(const struct tw_keyring *keyring, const struct tw_session_claims *claims,
                     char ret_token[TW_TOKEN_SIZE]) {
    uint8_t bytes[TOKEN_BYTES];
    uint8_t *at = bytes;

    at = put_big_endian(at, (uint64_t)claims->card_id, 8);
    at = put_big_endian(at, (uint32_t)claims->terminal_id, 4);
    at = put_big_endian(at, (uint32_t)claims->acquirer, 4);
    memcpy(at, claims->session.bytes, sizeof claims->session.bytes);
    at += sizeof claims->session.bytes;
    at = put_big_endian(at, (uint64_t)claims->expires_ms, 8);
    tw_assert(at == bytes + CLAIMS_BYTES);
    authenticate(keyring->session, bytes, CLAIMS_BYTES, at);
    tw_base64url_encode(bytes, sizeof bytes, ret_token);
}

static void read_claims(const uint8_t *at, struct tw_session_claims *claims) {
    uint64_t card_id = 0;
    uint64_t terminal_id = 0;
    uint64_t acquirer = 0;
    uint64_t expires_ms = 0;

    at = get_big_endian(at, 8, &card_id);
    at = get_big_endian(at, 4, &terminal_id);
    at = get_big_endian(at, 4, &acquirer);
    memcpy(claims->session.bytes, at, sizeof claims->session.bytes);
    (void)get_big_endian(at + sizeof claims->session.bytes, 8, &expires_ms);
    claims->card_id = (int64_t)card_id;
    claims->terminal_id = (int32_t)terminal_id;
    claims->acquirer = (int32_t)acquirer;
    claims->expires_ms = (int64_t)expires_ms;
}

bool tw_session_unseal(const struct tw_keyring *keyring, const char *token,
                       struct tw_session_claims *ret_claims) {
    uint8_t bytes[TOKEN_BYTES];
    uint8_t expected[TW_DIGEST_BYTES];

    *ret_claims = (struct tw_session_claims){0};
    if (!tw_base64url_decode(token, strnlen(token, TOKEN_LENGTH + 1), bytes, sizeof bytes)) {
        return false;
    }
    authenticate(keyring->session, bytes, CLAIMS_BYTES, expected);
    if (!tw_digest_equal(expected, bytes + CLAIMS_BYTES)) {
        return false;
    }
    read_claims(bytes, ret_claims);
    return true;
}
