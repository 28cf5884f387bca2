/* PIN blocks: what comes back, and what is refused. */
#include <jansson.h>
#include <jose/b64.h>
#include <jose/jwe.h>
#include <jose/jwk.h>
#include <jose/openssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pin/pin_block.h"
#include "pin/pin_plain.h"
#include "support/certificate.h"
#include "support/scratch.h"
#include "support/suite.h"

#define PAN       "9276000112345671"
#define BANK      90000001
#define NOW_MS    (TEST_NOW_S * 1000)
#define PIN_NAMES "URI:tellerwire://pin/90000001/92760001"

static char folder[TEST_PATH_SIZE];
static char root_file[sizeof folder + 16];
static char crl_file[sizeof folder + 16];
static char key_file[sizeof folder + 16];
static struct test_certificate root, pin;
static struct tw_pin_encryptor *encryptor;
static struct tw_pin_decryptor *decryptor;

static int64_t fixed_wall_ms(void *context) {
    (void)context;
    return NOW_MS;
}
static const struct tw_clock clock_of_test = {.wall_ms = fixed_wall_ms};
static const struct tw_trust trust = {
    .root_file = root_file, .crl_file = crl_file, .clock = &clock_of_test};

static const struct test_wish root_wish = {.authority = true,
                                           .key_usage = "critical,keyCertSign,cRLSign"};
static const struct test_wish pin_wish = {.names = PIN_NAMES, .key_usage = "critical,keyAgreement"};

static struct tw_status new_encryptor(const struct test_certificate *certificate,
                                      struct tw_pin_encryptor **ret_encryptor,
                                      struct tw_error *ret_error) {
    char *pem = test_certificate_pem(certificate);
    struct tw_status status =
        tw_pin_encryptor_new(pem, &trust, BANK, PAN, ret_encryptor, ret_error);
    free(pem);
    return status;
}

static void setup(void) {
    struct tw_error error = {0};
    test_scratch_folder(folder);
    ck_assert_int_gt(snprintf(root_file, sizeof root_file, "%s/root.crt", folder), 0);
    ck_assert_int_gt(snprintf(crl_file, sizeof crl_file, "%s/crl.pem", folder), 0);
    ck_assert_int_gt(snprintf(key_file, sizeof key_file, "%s/key.pem", folder), 0);
    root = test_certificate_make(&root_wish, NULL);
    pin = test_certificate_make(&pin_wish, &root);
    test_certificate_write(&root, root_file);
    test_crl_write(&root, NULL, TEST_NOW_S + TEST_DAY_S, crl_file);
    test_key_write(&pin, key_file, 0600);
    ck_assert_msg(tw_ok(new_encryptor(&pin, &encryptor, &error)), "%s", error.detail);
    ck_assert_msg(tw_ok(tw_pin_decryptor_new(key_file, &decryptor, &error)), "%s", error.detail);
}

static void teardown(void) {
    tw_pin_encryptor_free(encryptor);
    tw_pin_decryptor_free(decryptor);
    test_certificate_free(&root);
    test_certificate_free(&pin);
}

static struct tw_pin_plain example(const char *pin_text, const char *new_pin) {
    struct tw_pin_plain plain = {.pan = "9276000112345671", .terminal_id = 17, .issued_ms = NOW_MS};
    (void)snprintf(plain.pin, sizeof plain.pin, "%s", pin_text);
    (void)snprintf(plain.new_pin, sizeof plain.new_pin, "%s", new_pin);
    ck_assert(tw_uuid_parse("0198f1d0-7c7a-7d3e-8a55-0123456789ab", &plain.txid));
    return plain;
}

static char *encrypted(const struct tw_pin_plain *plain) {
    struct tw_error error = {0};
    char *block = NULL;
    ck_assert_msg(tw_ok(tw_pin_encrypt(encryptor, plain, &block, &error)), "%s", error.detail);
    return block;
}

/* Refused with CRYPTO, and nothing is left in the answer. */
static void expect_refused(const char *block, const char *why) {
    struct tw_pin_plain plain;
    const unsigned char *bytes = (const unsigned char *)&plain;
    struct tw_error error = {0};
    memset(&plain, 0xff, sizeof plain);
    struct tw_status status = tw_pin_decrypt(decryptor, block, &plain, &error);
    ck_assert_msg(status.code == TW_E_CRYPTO, "accepted: %s", why);
    for (size_t i = 0; i < sizeof plain; i++) {
        ck_assert_msg(bytes[i] == 0, "left something: %s", why);
    }
}

/* ---- round trips ---- */

START_TEST(every_length_of_pin_comes_back_in_blocks_of_one_length) {
    static const char digits[] = "907831406225";
    size_t length_of_all = 0;
    for (int length = 4; length <= 12; length++) {
        for (int new_length = 0; new_length <= 12; new_length += new_length == 0 ? 4 : 1) {
            char one[TW_PIN_TEXT_SIZE];
            char other[TW_PIN_TEXT_SIZE];
            (void)snprintf(one, sizeof one, "%.*s", length, digits);
            (void)snprintf(other, sizeof other, "%.*s", new_length, digits);
            struct tw_pin_plain plain = example(one, other);
            struct tw_pin_plain back;
            struct tw_error error = {0};
            char *block = encrypted(&plain);
            ck_assert_msg(tw_ok(tw_pin_decrypt(decryptor, block, &back, &error)), "%s",
                          error.detail);
            ck_assert_str_eq(back.pin, one);
            ck_assert_str_eq(back.new_pin, other);
            ck_assert_str_eq(back.pan, plain.pan);
            ck_assert_int_eq(back.terminal_id, plain.terminal_id);
            ck_assert_int_eq(back.issued_ms, plain.issued_ms);
            ck_assert(tw_uuid_equal(&back.txid, &plain.txid));
            length_of_all = length_of_all == 0 ? strlen(block) : length_of_all;
            ck_assert_uint_eq(strlen(block), length_of_all);
            free(block);
        }
    }
    ck_assert_uint_le(length_of_all, TW_PIN_BLOCK_MAX);
}
END_TEST

START_TEST(equal_pins_make_unlike_blocks) {
    struct tw_pin_plain plain = example("1234", "");
    char *one = encrypted(&plain);
    char *other = encrypted(&plain);
    ck_assert_str_ne(one, other);
    ck_assert_str_ne(strrchr(one, '.'), strrchr(other, '.'));
    free(one);
    free(other);
}
END_TEST

static const struct {
    const char *pin_text;
    const char *new_pin;
    const char *pan;
    int32_t terminal_id;
    int64_t issued_ms;
} refused_plains[] = {
    {"", "", "9276000112345671", 17, NOW_MS},
    {"123", "", "9276000112345671", 17, NOW_MS},
    {"12a4", "", "9276000112345671", 17, NOW_MS},
    {"12;4", "", "9276000112345671", 17, NOW_MS},
    {"1234", "1", "9276000112345671", 17, NOW_MS},
    {"1234", "123 ", "9276000112345671", 17, NOW_MS},
    {"1234", "", "9276000112345672", 17, NOW_MS},
    {"1234", "", "", 17, NOW_MS},
    {"1234", "", "9276000112345671", 0, NOW_MS},
    {"1234", "", "9276000112345671", -17, NOW_MS},
    {"1234", "", "9276000112345671", 100000000, NOW_MS},
    {"1234", "", "9276000112345671", 17, -1},
    {"1234", "", "9276000112345671", 17, INT64_C(10000000000000)},
};

START_TEST(ill_formed_plaintext_is_not_encrypted) {
    struct tw_pin_plain plain = example(refused_plains[_i].pin_text, refused_plains[_i].new_pin);
    struct tw_error error = {0};
    char *block = NULL;
    memset(plain.pan, 0, sizeof plain.pan);
    (void)snprintf(plain.pan, sizeof plain.pan, "%s", refused_plains[_i].pan);
    plain.terminal_id = refused_plains[_i].terminal_id;
    plain.issued_ms = refused_plains[_i].issued_ms;
    struct tw_status status = tw_pin_encrypt(encryptor, &plain, &block, &error);
    ck_assert_int_eq(status.code, TW_E_INVALID_PARAMS);
    ck_assert_ptr_null(block);
    ck_assert_ptr_null(strstr(error.detail, "123"));
    ck_assert_ptr_null(strstr(error.detail, "9276"));
}
END_TEST

START_TEST(members_that_are_not_terminated_are_refused) {
    struct tw_pin_plain plain = example("1234", "");
    char *block = NULL;
    memset(plain.pin, '1', sizeof plain.pin);
    ck_assert(!tw_ok(tw_pin_encrypt(encryptor, &plain, &block, NULL)));
    plain = example("1234", "");
    memset(plain.pan, '0', sizeof plain.pan);
    ck_assert(!tw_ok(tw_pin_encrypt(encryptor, &plain, &block, NULL)));
    ck_assert_ptr_null(block);
}
END_TEST

/* ---- tampering ---- */

START_TEST(block_with_any_flipped_bit_is_refused) {
    struct tw_pin_plain plain = example("1234", "");
    char *block = encrypted(&plain);
    size_t length = strlen(block);
    for (size_t at = 0; at < length; at++) {
        char right = block[at];
        for (unsigned bit = 0; bit < 8; bit++) {
            block[at] = (char)((unsigned char)right ^ (1u << bit));
            expect_refused(block, "flipped bit");
        }
        block[at] = right;
    }
    ck_assert(tw_ok(tw_pin_decrypt(decryptor, block, &plain, NULL)));
    free(block);
}
END_TEST

START_TEST(truncated_and_longer_blocks_are_refused) {
    struct tw_pin_plain plain = example("1234", "");
    char *block = encrypted(&plain);
    size_t length = strlen(block);
    char text[2 * TW_PIN_BLOCK_MAX];

    for (size_t cut = 0; cut < length; cut++) {
        (void)snprintf(text, sizeof text, "%.*s", (int)cut, block);
        expect_refused(text, "truncated");
        expect_refused(block + cut + 1, "beheaded");
    }
    static const char *const tails[] = {"A", ".", "=", " ", "\n", ".A", "AAAA"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        (void)snprintf(text, sizeof text, "%s%s", block, tails[i]);
        expect_refused(text, "longer");
    }
    memset(text, 'A', sizeof text);
    text[sizeof text - 1] = '\0';
    expect_refused(text, "oversize");
    free(block);
}
END_TEST

START_TEST(parts_of_two_blocks_do_not_fit_together) {
    struct tw_pin_plain plain = example("1234", "");
    char *one = encrypted(&plain);
    char *other = encrypted(&plain);
    char mixed[TW_PIN_BLOCK_MAX];
    for (const char *dot = strchr(one, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        (void)snprintf(mixed, sizeof mixed, "%.*s%s", (int)(dot - one), one, other + (dot - one));
        if (dot != strchr(one, '.') + 1) { /* the empty part makes no difference */
            expect_refused(mixed, "mixed");
        }
    }
    free(one);
    free(other);
}
END_TEST

START_TEST(other_key_cannot_decrypt) {
    struct test_certificate other = test_certificate_make(&pin_wish, &root);
    struct tw_pin_decryptor *stranger = NULL;
    struct tw_pin_plain plain = example("1234", "");
    char *block = encrypted(&plain);
    test_key_write(&other, key_file, 0600);
    ck_assert(tw_ok(tw_pin_decryptor_new(key_file, &stranger, NULL)));
    struct tw_status status = tw_pin_decrypt(stranger, block, &plain, NULL);
    ck_assert_int_eq(status.code, TW_E_CRYPTO);
    tw_pin_decryptor_free(stranger);
    test_certificate_free(&other);
    free(block);
}
END_TEST

/* ---- forged with libjose itself ---- */

static const char good_plain[] =
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234;";

/* The compact serialization of a JWE with this protected header (a JSON text) for this key. */
static char *forge(const char *header_text, const json_t *key, const char *plain, size_t length) {
    json_t *jwe = json_object();
    json_t *content_key = json_object();
    json_t *header = json_loads(header_text, 0, NULL);
    char *block = NULL;

    ck_assert_ptr_nonnull(header);
    ck_assert_int_eq(json_object_set_new(jwe, "protected", header), 0);
    ck_assert(jose_jwe_enc_jwk(NULL, jwe, NULL, key, content_key));
    (void)json_object_update(header, json_object_get(jwe, "header"));
    ck_assert(jose_jwe_enc_cek(NULL, jwe, content_key, plain, length));
    const char *wrapped = json_string_value(json_object_get(jwe, "encrypted_key"));
    ck_assert_int_gt(
        asprintf(&block, "%s.%s.%s.%s.%s", json_string_value(json_object_get(jwe, "protected")),
                 wrapped == NULL ? "" : wrapped, json_string_value(json_object_get(jwe, "iv")),
                 json_string_value(json_object_get(jwe, "ciphertext")),
                 json_string_value(json_object_get(jwe, "tag"))),
        0);
    json_decref(jwe);
    json_decref(content_key);
    return block;
}

static json_t *issuer_key(void) {
    return jose_openssl_jwk_from_EVP_PKEY(NULL, pin.key);
}

static json_t *generated_key(const char *template_text) {
    json_t *key = json_loads(template_text, 0, NULL);
    ck_assert(jose_jwk_gen(NULL, key));
    return key;
}

static void padded(const char *text, char bytes[TW_PIN_PLAIN_BYTES]) {
    memset(bytes, ' ', TW_PIN_PLAIN_BYTES);
    memcpy(bytes, text, strnlen(text, TW_PIN_PLAIN_BYTES));
}

static char *forge_for_issuer(const char *header_text, const char *plain_text) {
    char bytes[TW_PIN_PLAIN_BYTES];
    json_t *key = issuer_key();
    padded(plain_text, bytes);
    char *block = forge(header_text, key, bytes, sizeof bytes);
    json_decref(key);
    return block;
}

#define OUR_HEADER "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\"}"

START_TEST(block_made_elsewhere_in_our_form_is_accepted) {
    struct tw_pin_plain plain;
    struct tw_error error = {0};
    char *block = forge_for_issuer(OUR_HEADER, good_plain);
    ck_assert_msg(tw_ok(tw_pin_decrypt(decryptor, block, &plain, &error)), "%s", error.detail);
    ck_assert_str_eq(plain.pin, "1234");
    free(block);
}
END_TEST

static const char *const other_headers[] = {
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\"}",
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A192GCM\"}",
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A128CBC-HS256\"}",
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A256CBC-HS512\"}",
    "{\"alg\":\"ECDH-ES+A128KW\",\"enc\":\"A256GCM\"}",
    "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\"}",
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"zip\":\"DEF\"}",
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"kid\":\"1\"}",
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"typ\":\"JWE\"}",
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"apu\":\"QQ\"}",
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"crit\":[\"exp\"],\"exp\":1}",
};

START_TEST(other_headers_are_refused_though_they_decrypt) {
    char *block = forge_for_issuer(other_headers[_i], good_plain);
    expect_refused(block, other_headers[_i]);
    free(block);
}
END_TEST

static const struct {
    const char *header;
    const char *key; /* template, generated */
} other_keys[] = {
    {OUR_HEADER, "{\"kty\":\"EC\",\"crv\":\"P-384\"}"},
    {OUR_HEADER, "{\"kty\":\"EC\",\"crv\":\"P-521\"}"},
    {"{\"alg\":\"dir\",\"enc\":\"A256GCM\"}", "{\"kty\":\"oct\",\"bytes\":32}"},
    {"{\"alg\":\"A256KW\",\"enc\":\"A256GCM\"}", "{\"kty\":\"oct\",\"bytes\":32}"},
    {"{\"alg\":\"A256GCMKW\",\"enc\":\"A256GCM\"}", "{\"kty\":\"oct\",\"bytes\":32}"},
    {"{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A256GCM\",\"p2c\":1000}",
     "{\"kty\":\"oct\",\"bytes\":32}"},
};

START_TEST(other_algorithms_and_curves_are_refused) {
    char bytes[TW_PIN_PLAIN_BYTES];
    json_t *key = generated_key(other_keys[_i].key);
    padded(good_plain, bytes);
    char *block = forge(other_keys[_i].header, key, bytes, sizeof bytes);
    expect_refused(block, other_keys[_i].header);
    json_decref(key);
    free(block);
}
END_TEST

static const char *const other_plains[] = {
    "",
    "1",
    "2;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234;",
    "1;9276000112345672;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234;",
    "1;9276000112345671;17;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234;",
    "1;9276000112345671;00000000;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234;",
    "1;9276000112345671;00000017;0198F1D0-7C7A-7D3E-8A55-0123456789AB;1795200000000;1234;",
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789a;1795200000000;1234;",
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;;1234;",
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;01795200000000;1234;",
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;-179520000000;1234;",
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;123;",
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234567890123;",
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234;12",
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234;;",
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234",
    "1;9276000112345671;00000017;0198f1d0-7c7a-7d3e-8a55-0123456789ab;1795200000000;1234; x",
    "{\"pin\":\"1234\",\"pan\":\"9276000112345671\",\"terminal_id\":\"00000017\"}",
};

START_TEST(other_plaintexts_are_refused) {
    char *block = forge_for_issuer(OUR_HEADER, other_plains[_i]);
    expect_refused(block, other_plains[_i]);
    free(block);
}
END_TEST

START_TEST(plaintext_of_another_length_is_refused) {
    static const size_t lengths[] = {
        0, 1, sizeof good_plain - 1, TW_PIN_PLAIN_BYTES - 1, TW_PIN_PLAIN_BYTES + 1, 700};
    char bytes[700];
    json_t *key = issuer_key();
    memset(bytes, ' ', sizeof bytes);
    memcpy(bytes, good_plain, sizeof good_plain - 1);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char *block = forge(OUR_HEADER, key, bytes, lengths[i]);
        expect_refused(block, "length");
        free(block);
    }
    json_decref(key);
}
END_TEST

START_TEST(json_serialization_is_refused) {
    json_t *key = issuer_key();
    json_t *jwe = json_object();
    ck_assert(jose_jwe_enc(NULL, jwe, NULL, key, good_plain, sizeof good_plain - 1));
    char *text = json_dumps(jwe, JSON_COMPACT);
    expect_refused(text, "JSON");
    free(text);
    json_decref(jwe);
    json_decref(key);
}
END_TEST

/* With a header from outside and the other parts of a good block. */
static char *with_header(const char *header_text) {
    struct tw_pin_plain plain = example("1234", "");
    char *good = encrypted(&plain);
    json_t *encoded = jose_b64_enc(header_text, strlen(header_text));
    char *block = NULL;
    ck_assert_int_gt(asprintf(&block, "%s%s", json_string_value(encoded), strchr(good, '.')), 0);
    json_decref(encoded);
    free(good);
    return block;
}

#define COORDINATE_1 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
#define EPK(x, y)    "\"epk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" x "\",\"y\":\"" y "\"}"
#define HEADER(rest) "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\"," rest "}"

static const char *const broken_headers[] = {
    "",
    "{}",
    "[]",
    "null",
    "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\"}",
    HEADER(EPK(COORDINATE_1, COORDINATE_1)), /* not on the curve */
    HEADER(EPK("", "")),
    HEADER(EPK("AAAA", COORDINATE_1)),
    HEADER(EPK(COORDINATE_1 "AAAA", COORDINATE_1)),
    HEADER("\"epk\":[]"),
    HEADER("\"epk\":\"\""),
    HEADER("\"epk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":1,\"y\":2}"),
    HEADER("\"epk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" COORDINATE_1 "\"}"),
    HEADER("\"epk\":{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"" COORDINATE_1
           "\",\"y\":\"" COORDINATE_1 "\"}"),
    HEADER("\"epk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" COORDINATE_1
           "\",\"y\":\"" COORDINATE_1 "\",\"d\":\"" COORDINATE_1 "\"}"),
    HEADER("\"enc\":\"A256GCM\"," EPK(COORDINATE_1, COORDINATE_1)),
    "{\"alg\":1,\"enc\":2," EPK(COORDINATE_1, COORDINATE_1) "}",
    "{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"," EPK(COORDINATE_1, COORDINATE_1) "}",
    "{\"alg\":\"none\",\"enc\":\"A256GCM\"," EPK(COORDINATE_1, COORDINATE_1) "}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    HEADER("\"epk\":{\"kty\":\"EC\"") "}} trailing",
};

START_TEST(broken_headers_are_refused) {
    char *block = with_header(broken_headers[_i]);
    expect_refused(block, broken_headers[_i]);
    free(block);
}
END_TEST

/* The guard against invalid-curve attacks is inside libjose (EC_KEY_check_key): watch it. */
START_TEST(libjose_refuses_points_off_the_curve) {
    json_t *key = json_loads("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" COORDINATE_1
                             "\",\"y\":\"" COORDINATE_1 "\"}",
                             0, NULL);
    ck_assert_ptr_nonnull(key);
    ck_assert_ptr_null(jose_openssl_jwk_to_EC_KEY(NULL, key));
    json_decref(key);
}
END_TEST

/* ---- binding ---- */

START_TEST(block_is_bound_to_card_terminal_transaction_and_time) {
    struct tw_pin_plain plain = example("1234", "");
    struct tw_uuid other = plain.txid;
    other.bytes[15] ^= 1;

    ck_assert(tw_pin_bound(&plain, plain.pan, 17, &plain.txid, NOW_MS));
    ck_assert(!tw_pin_bound(&plain, "9276000112345689", 17, &plain.txid, NOW_MS));
    ck_assert(!tw_pin_bound(&plain, "927600011234567", 17, &plain.txid, NOW_MS));
    ck_assert(!tw_pin_bound(&plain, "92760001123456710", 17, &plain.txid, NOW_MS));
    ck_assert(!tw_pin_bound(&plain, "", 17, &plain.txid, NOW_MS));
    ck_assert(!tw_pin_bound(&plain, "92760001123456719276000112345671", 17, &plain.txid, NOW_MS));
    ck_assert(!tw_pin_bound(&plain, plain.pan, 18, &plain.txid, NOW_MS));
    ck_assert(!tw_pin_bound(&plain, plain.pan, 17, &other, NOW_MS));
    ck_assert(tw_pin_bound(&plain, plain.pan, 17, &plain.txid, NOW_MS + TW_PIN_BLOCK_AGE_MS));
    ck_assert(!tw_pin_bound(&plain, plain.pan, 17, &plain.txid, NOW_MS + TW_PIN_BLOCK_AGE_MS + 1));
    ck_assert(tw_pin_bound(&plain, plain.pan, 17, &plain.txid, NOW_MS - TW_PIN_BLOCK_AGE_MS));
    ck_assert(!tw_pin_bound(&plain, plain.pan, 17, &plain.txid, NOW_MS - TW_PIN_BLOCK_AGE_MS - 1));
}
END_TEST

#define COUNT(of) ((int)(sizeof(of) / sizeof(of)[0]))

static TCase *round_trips(void) {
    TCase *tests = tcase_create("round trips");
    tcase_add_test(tests, every_length_of_pin_comes_back_in_blocks_of_one_length);
    tcase_add_test(tests, equal_pins_make_unlike_blocks);
    tcase_add_loop_test(tests, ill_formed_plaintext_is_not_encrypted, 0, COUNT(refused_plains));
    tcase_add_test(tests, members_that_are_not_terminated_are_refused);
    tcase_add_test(tests, block_is_bound_to_card_terminal_transaction_and_time);
    return tests;
}

static TCase *tampering(void) {
    TCase *tests = tcase_create("tampering");
    tcase_add_test(tests, block_with_any_flipped_bit_is_refused);
    tcase_add_test(tests, truncated_and_longer_blocks_are_refused);
    tcase_add_test(tests, parts_of_two_blocks_do_not_fit_together);
    tcase_add_test(tests, other_key_cannot_decrypt);
    return tests;
}

static TCase *forgery(void) {
    TCase *tests = tcase_create("forgery");
    tcase_add_test(tests, block_made_elsewhere_in_our_form_is_accepted);
    tcase_add_loop_test(tests, other_headers_are_refused_though_they_decrypt, 0,
                        COUNT(other_headers));
    tcase_add_loop_test(tests, other_algorithms_and_curves_are_refused, 0, COUNT(other_keys));
    tcase_add_loop_test(tests, other_plaintexts_are_refused, 0, COUNT(other_plains));
    tcase_add_test(tests, plaintext_of_another_length_is_refused);
    tcase_add_test(tests, json_serialization_is_refused);
    tcase_add_loop_test(tests, broken_headers_are_refused, 0, COUNT(broken_headers));
    tcase_add_test(tests, libjose_refuses_points_off_the_curve);
    return tests;
}

int main(void) {
    Suite *suite = suite_create("pin_block");
    TCase *cases[] = {round_trips(), tampering(), forgery()};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tcase_add_checked_fixture(cases[i], setup, teardown);
        tcase_set_timeout(cases[i], 60);
        suite_add_tcase(suite, cases[i]);
    }
    return test_run(suite);
}
