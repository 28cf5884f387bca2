/* Keyring, digests and session tokens. */
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pin/base64url.h"
#include "pin/keyring.h"
#include "support/scratch.h"
#include "support/suite.h"

#define KEY_1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_2 "FFFEFDFCFBFAF9F8F7F6F5F4F3F2F1F0EFEEEDECEBEAE9E8E7E6E5E4E3E2E1E0"
#define KEY_3 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define KEY_4 "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define TOKEN_LENGTH 96

static char folder[TEST_PATH_SIZE];
static char file[sizeof folder + 16];
static struct tw_keyring *keyring;

static void write_file(const char *text, mode_t mode) {
    FILE *out = fopen(file, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs(text, out), 0);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(chmod(file, mode), 0);
}

static struct tw_keyring *loaded(const char *text) {
    struct tw_keyring *result = NULL;
    struct tw_error error = {0};
    write_file(text, 0600);
    ck_assert_msg(tw_ok(tw_keyring_load(file, &result, &error)), "%s", error.detail);
    return result;
}

#define FILE_OF(pin, pan, session)                                                                 \
    "[keys]\npin_digest = " pin "\npan_digest = " pan "\nsession = " session "\n"

static void setup(void) {
    test_scratch_folder(folder);
    ck_assert_int_gt(snprintf(file, sizeof file, "%s/keyring.ini", folder), 0);
    keyring = loaded(FILE_OF(KEY_1, KEY_2, KEY_3));
}

static void teardown(void) {
    tw_keyring_free(keyring);
}

/* ---- the file ---- */

static const struct {
    const char *text;
    mode_t mode;
} refused_files[] = {
    {FILE_OF(KEY_1, KEY_2, KEY_3), 0640},
    {FILE_OF(KEY_1, KEY_2, KEY_3), 0604},
    {FILE_OF(KEY_1, KEY_2, KEY_3), 0620},
    {"", 0600},
    {"[keys]\npin_digest = " KEY_1 "\npan_digest = " KEY_2 "\n", 0600},
    {FILE_OF(KEY_1, KEY_2, KEY_3) "other = " KEY_4 "\n", 0600},
    {FILE_OF(KEY_1, KEY_2, "") "", 0600},
    {FILE_OF(KEY_1, KEY_2, KEY_3 "00"), 0600},
    {FILE_OF(KEY_1, KEY_2, "0123"), 0600},
    {FILE_OF(KEY_1, KEY_2, "x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
     0600},
    {FILE_OF(KEY_1, KEY_1, KEY_3), 0600},
    {FILE_OF(KEY_1, KEY_2, KEY_1), 0600},
    {FILE_OF(KEY_3, KEY_2, "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"),
     0600},
};

START_TEST(wrong_files_are_refused_without_showing_a_key) {
    struct tw_keyring *result = NULL;
    struct tw_error error = {0};
    write_file(refused_files[_i].text, refused_files[_i].mode);
    struct tw_status status = tw_keyring_load(file, &result, &error);
    ck_assert_int_eq(status.code, TW_E_CONFIG);
    ck_assert_ptr_null(result);
    ck_assert_uint_gt(strlen(error.detail), 0);
    ck_assert_ptr_null(strstr(error.detail, "456789"));
}
END_TEST

START_TEST(missing_file_and_folder_are_refused) {
    struct tw_keyring *result = NULL;
    struct tw_error error = {0};
    struct tw_status status = tw_keyring_load("/nonexistent/keyring.ini", &result, &error);
    ck_assert_int_eq(status.code, TW_E_CONFIG);
    status = tw_keyring_load(folder, &result, &error);
    ck_assert_int_eq(status.code, TW_E_CONFIG);
}
END_TEST

/* ---- digests ---- */

static void expect_hmac(const char *key_hex, const void *message, size_t length,
                        const uint8_t digest[TW_DIGEST_BYTES]) {
    uint8_t key[32];
    uint8_t expected[TW_DIGEST_BYTES];
    for (size_t i = 0; i < sizeof key; i++) {
        char pair[3] = {key_hex[2 * i], key_hex[2 * i + 1], '\0'};
        key[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    ck_assert_ptr_nonnull(HMAC(EVP_sha256(), key, sizeof key, message, length, expected, NULL));
    ck_assert_mem_eq(digest, expected, TW_DIGEST_BYTES);
}

START_TEST(digests_are_hmac_sha256_under_their_own_key_every_time) {
    static const uint8_t pin_message[] = {0,    0,    0,   0x10, 0x20, 0x30,
                                          0x40, 0x50, '1', '2',  '3',  '4'};
    uint8_t digest[TW_DIGEST_BYTES];
    for (int round = 0; round < 3; round++) {
        tw_keyring_pan_digest(keyring, "9276000112345671", digest);
        expect_hmac(KEY_2, "9276000112345671", 16, digest);
        tw_keyring_pin_digest(keyring, INT64_C(0x1020304050), "1234", digest);
        expect_hmac(KEY_1, pin_message, sizeof pin_message, digest);
    }
}
END_TEST

START_TEST(equal_pins_of_two_cards_have_unlike_digests) {
    uint8_t one[TW_DIGEST_BYTES];
    uint8_t other[TW_DIGEST_BYTES];
    tw_keyring_pin_digest(keyring, 1, "1234", one);
    tw_keyring_pin_digest(keyring, 2, "1234", other);
    ck_assert(!tw_digest_equal(one, other));
    tw_keyring_pin_digest(keyring, 1, "123412341234", other);
    ck_assert(!tw_digest_equal(one, other));
    tw_keyring_pin_digest(keyring, 1, "1234", other);
    ck_assert(tw_digest_equal(one, other));
}
END_TEST

START_TEST(digests_differ_when_any_bit_does) {
    uint8_t one[TW_DIGEST_BYTES];
    uint8_t other[TW_DIGEST_BYTES];
    tw_keyring_pan_digest(keyring, "9276000112345671", one);
    for (size_t bit = 0; bit < (size_t)8 * TW_DIGEST_BYTES; bit++) {
        memcpy(other, one, sizeof other);
        other[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        ck_assert(!tw_digest_equal(one, other));
    }
}
END_TEST

/* ---- tokens ---- */

static struct tw_session_claims example(void) {
    struct tw_session_claims claims = {.card_id = INT64_C(0x0123456789abcdef),
                                       .terminal_id = 17,
                                       .acquirer = 90000001,
                                       .expires_ms = INT64_C(1795200120000)};
    for (size_t i = 0; i < sizeof claims.session.bytes; i++) {
        claims.session.bytes[i] = (uint8_t)(0xf0 + i);
    }
    return claims;
}

static void expect_same(const struct tw_session_claims *a, const struct tw_session_claims *b) {
    ck_assert_int_eq(a->card_id, b->card_id);
    ck_assert_int_eq(a->terminal_id, b->terminal_id);
    ck_assert_int_eq(a->acquirer, b->acquirer);
    ck_assert_int_eq(a->expires_ms, b->expires_ms);
    ck_assert(tw_uuid_equal(&a->session, &b->session));
}

START_TEST(token_gives_back_its_claims) {
    struct tw_session_claims claims = example();
    struct tw_session_claims extremes[] = {
        claims,
        {0},
        {.card_id = INT64_MAX,
         .terminal_id = 99999999,
         .acquirer = 99999999,
         .expires_ms = INT64_MAX},
        {.card_id = INT64_MIN, .terminal_id = INT32_MIN, .acquirer = -1, .expires_ms = -1},
    };
    for (size_t i = 0; i < sizeof extremes / sizeof extremes[0]; i++) {
        struct tw_session_claims back;
        char token[TW_TOKEN_SIZE];
        tw_session_seal(keyring, &extremes[i], token);
        ck_assert_uint_eq(strlen(token), TOKEN_LENGTH);
        ck_assert(tw_session_unseal(keyring, token, &back));
        expect_same(&back, &extremes[i]);
    }
}
END_TEST

START_TEST(token_with_any_other_character_is_refused) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ .";
    struct tw_session_claims claims = example();
    struct tw_session_claims zero = {0};
    struct tw_session_claims back;
    char token[TW_TOKEN_SIZE];

    tw_session_seal(keyring, &claims, token);
    for (size_t at = 0; at < TOKEN_LENGTH; at++) {
        char right = token[at];
        for (const char *other = alphabet; *other != '\0'; other++) {
            token[at] = *other;
            ck_assert_int_eq(tw_session_unseal(keyring, token, &back), *other == right);
            if (*other != right) {
                expect_same(&back, &zero);
            }
        }
        token[at] = right;
    }
}
END_TEST

START_TEST(token_of_any_other_length_is_refused) {
    struct tw_session_claims claims = example();
    struct tw_session_claims back;
    char token[TW_TOKEN_SIZE];
    char cut[2 * TW_TOKEN_SIZE];

    tw_session_seal(keyring, &claims, token);
    for (size_t length = 0; length < TOKEN_LENGTH; length++) {
        memcpy(cut, token, length);
        cut[length] = '\0';
        ck_assert(!tw_session_unseal(keyring, cut, &back));
    }
    ck_assert_int_gt(snprintf(cut, sizeof cut, "%sA", token), 0);
    ck_assert(!tw_session_unseal(keyring, cut, &back));
    ck_assert_int_gt(snprintf(cut, sizeof cut, "%s%s", token, token), 0);
    ck_assert(!tw_session_unseal(keyring, cut, &back));
    ck_assert_int_gt(snprintf(cut, sizeof cut, "%s\n", token), 0);
    ck_assert(!tw_session_unseal(keyring, cut, &back));
}
END_TEST

START_TEST(token_of_another_issuer_is_refused) {
    struct tw_session_claims claims = example();
    struct tw_session_claims back;
    char token[TW_TOKEN_SIZE];
    struct tw_keyring *other = loaded(FILE_OF(KEY_1, KEY_2, KEY_4));

    tw_session_seal(other, &claims, token);
    ck_assert(!tw_session_unseal(keyring, token, &back));
    ck_assert(tw_session_unseal(other, token, &back));
    tw_keyring_free(other);
}
END_TEST

START_TEST(digest_under_another_key_is_no_token) {
    struct tw_keyring *swapped = loaded(FILE_OF(KEY_3, KEY_2, KEY_1));
    uint8_t bytes[72] = {0};
    char token[TW_TOKEN_SIZE];
    struct tw_session_claims back;

    /* 40 bytes of claims that are also a PIN message, authenticated with the session key's value
     * used for PINs elsewhere: purposes are kept apart by keys, not by hope. */
    tw_keyring_pin_digest(keyring, 0, "", bytes + 40);
    tw_base64url_encode(bytes, sizeof bytes, token);
    ck_assert(!tw_session_unseal(keyring, token, &back));
    ck_assert(!tw_session_unseal(swapped, token, &back));
    tw_keyring_free(swapped);
}
END_TEST

#define COUNT(of) ((int)(sizeof(of) / sizeof(of)[0]))

int main(void) {
    Suite *suite = suite_create("keyring");
    TCase *files = tcase_create("file");
    TCase *digests = tcase_create("digests");
    TCase *tokens = tcase_create("tokens");

    tcase_add_loop_test(files, wrong_files_are_refused_without_showing_a_key, 0,
                        COUNT(refused_files));
    tcase_add_test(files, missing_file_and_folder_are_refused);
    tcase_add_test(digests, digests_are_hmac_sha256_under_their_own_key_every_time);
    tcase_add_test(digests, equal_pins_of_two_cards_have_unlike_digests);
    tcase_add_test(digests, digests_differ_when_any_bit_does);
    tcase_add_test(tokens, token_gives_back_its_claims);
    tcase_add_test(tokens, token_with_any_other_character_is_refused);
    tcase_add_test(tokens, token_of_any_other_length_is_refused);
    tcase_add_test(tokens, token_of_another_issuer_is_refused);
    tcase_add_test(tokens, digest_under_another_key_is_no_token);

    TCase *cases[] = {files, digests, tokens};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tcase_add_checked_fixture(cases[i], setup, teardown);
        suite_add_tcase(suite, cases[i]);
    }
    return test_run(suite);
}
