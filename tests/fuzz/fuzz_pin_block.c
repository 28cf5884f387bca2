/*
 * PIN blocks: whatever comes, decrypting ends with a complete plaintext or with nothing at all. The
 * input is taken as a block, as the header of an otherwise good block, and as the plaintext inside
 * a genuine one, because no fuzzer finds an authentication tag.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pin/base64url.h"
#include "pin/pin_block.h"
#include "pin/pin_plain.h"

#define TEXT_MAX   (TW_PIN_BLOCK_MAX + 64)
#define HEADER_MAX 400
#define IV_BYTES   12
#define TAG_BYTES  16

static struct tw_pin_decryptor *decryptor;

static void load_key(void) {
    char file[] = "/tmp/tw-fuzz-pin-key-XXXXXX";
    int descriptor = mkstemp(file); /* mode 0600 */
    tw_assert(descriptor >= 0);
    FILE *out = fdopen(descriptor, "w");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    tw_assert(out != NULL && key != NULL);
    tw_assert(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1);
    (void)fclose(out);
    struct tw_status status = tw_pin_decryptor_new(file, &decryptor, NULL);
    (void)unlink(file);
    EVP_PKEY_free(key);
    tw_assert(tw_ok(status));
}

static void expect_nothing(const struct tw_pin_plain *plain) {
    const unsigned char *bytes = (const unsigned char *)plain;
    for (size_t i = 0; i < sizeof *plain; i++) {
        tw_assert(bytes[i] == 0);
    }
}

static void as_block(const uint8_t *data, size_t size) {
    char text[TEXT_MAX + 1];
    struct tw_pin_plain plain;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!tw_ok(tw_pin_decrypt(decryptor, text, &plain, NULL))) {
        expect_nothing(&plain);
    }
}

/* With parts in our form behind it; the tag is not right, but nobody looks before the header has
 * passed and the key exchange is done. */
static void as_header(const uint8_t *data, size_t size) {
    static const uint8_t zeros[TW_PIN_PLAIN_BYTES];
    char header[TW_BASE64URL_LENGTH(HEADER_MAX) + 1];
    char iv[TW_BASE64URL_LENGTH(IV_BYTES) + 1];
    char ciphertext[TW_BASE64URL_LENGTH(TW_PIN_PLAIN_BYTES) + 1];
    char tag[TW_BASE64URL_LENGTH(TAG_BYTES) + 1];
    char text[TEXT_MAX + 1];
    struct tw_pin_plain plain;

    tw_base64url_encode(data, size, header);
    tw_base64url_encode(zeros, IV_BYTES, iv);
    tw_base64url_encode(zeros, sizeof zeros, ciphertext);
    tw_base64url_encode(zeros, TAG_BYTES, tag);
    (void)snprintf(text, sizeof text, "%s..%s.%s.%s", header, iv, ciphertext, tag);
    tw_assert(!tw_ok(tw_pin_decrypt(decryptor, text, &plain, NULL)));
    expect_nothing(&plain);
}

static void as_plaintext(const uint8_t *data, size_t size) {
    char bytes[TW_PIN_PLAIN_BYTES];
    char again[TW_PIN_PLAIN_BYTES];
    struct tw_pin_plain plain;
    memset(bytes, ' ', sizeof bytes);
    memcpy(bytes, data, size);
    if (!tw_pin_plain_read(bytes, &plain)) {
        expect_nothing(&plain);
        return;
    }
    tw_assert(tw_ok(tw_pin_plain_write(&plain, again, NULL)));
    tw_assert(memcmp(bytes, again, sizeof again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (decryptor == NULL) {
        load_key();
    }
    if (size <= TEXT_MAX) {
        as_block(data, size);
    }
    if (size <= HEADER_MAX) {
        as_header(data, size);
    }
    if (size <= TW_PIN_PLAIN_BYTES) {
        as_plaintext(data, size);
    }
    return 0;
}
