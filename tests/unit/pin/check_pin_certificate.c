/* Which certificate a terminal encrypts PINs for, and which key file an issuer decrypts with. */
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pin/pin_block.h"
#include "support/certificate.h"
#include "support/scratch.h"
#include "support/suite.h"

#define PAN       "9276000112345671"
#define BANK      90000001
#define NAMES     "URI:tellerwire://pin/90000001/92760001"
#define AGREEMENT "critical,keyAgreement"

static char folder[TEST_PATH_SIZE];
static char root_file[sizeof folder + 16];
static char crl_file[sizeof folder + 16];
static char key_file[sizeof folder + 16];
static struct test_certificate root;

static int64_t wall_ms_of_test(void *context) {
    (void)context;
    return TEST_NOW_S * 1000;
}
static const struct tw_clock clock_of_test = {.wall_ms = wall_ms_of_test};
static const struct tw_trust trust = {
    .root_file = root_file, .crl_file = crl_file, .clock = &clock_of_test};

static const struct test_wish root_wish = {.authority = true,
                                           .key_usage = "critical,keyCertSign,cRLSign"};

static void setup(void) {
    test_scratch_folder(folder);
    ck_assert_int_gt(snprintf(root_file, sizeof root_file, "%s/root.crt", folder), 0);
    ck_assert_int_gt(snprintf(crl_file, sizeof crl_file, "%s/crl.pem", folder), 0);
    ck_assert_int_gt(snprintf(key_file, sizeof key_file, "%s/key.pem", folder), 0);
    root = test_certificate_make(&root_wish, NULL);
    test_certificate_write(&root, root_file);
    test_crl_write(&root, NULL, TEST_NOW_S + TEST_DAY_S, crl_file);
}

static void teardown(void) {
    test_certificate_free(&root);
}

/* What happens to a certificate with this wish from this issuer. */
static struct tw_status offered(const struct test_wish *wish, const struct test_certificate *issuer,
                                struct tw_error *ret_error) {
    struct test_certificate pair = test_certificate_make(wish, issuer);
    struct tw_pin_encryptor *encryptor = NULL;
    char *pem = test_certificate_pem(&pair);
    struct tw_status status = tw_pin_encryptor_new(pem, &trust, BANK, PAN, &encryptor, ret_error);
    ck_assert_int_eq(tw_ok(status), encryptor != NULL);
    tw_pin_encryptor_free(encryptor);
    test_certificate_free(&pair);
    free(pem);
    return status;
}

START_TEST(certificate_for_pins_of_this_bank_is_accepted) {
    struct tw_error error = {0};
    struct tw_status status =
        offered(&(struct test_wish){.names = NAMES, .key_usage = AGREEMENT}, &root, &error);
    ck_assert_msg(tw_ok(status), "%s", error.detail);
}
END_TEST

static const char *const covering[] = {
    "URI:tellerwire://pin/90000001/927600",
    "URI:tellerwire://pin/90000001/9276000",
    "URI:tellerwire://pin/90000001/92760002/92760001",
};

START_TEST(certificate_may_name_any_iin_of_the_card) {
    struct tw_error error = {0};
    struct tw_status status =
        offered(&(struct test_wish){.names = covering[_i], .key_usage = AGREEMENT}, &root, &error);
    ck_assert_msg(tw_ok(status), "%s", error.detail);
}
END_TEST

static const struct {
    struct test_wish wish;
    const char *why; /* in the error's detail */
} refused[] = {
    {{.names = "URI:tellerwire://pin/90000001/92760002", .key_usage = AGREEMENT},
     "not for cards like"},
    {{.names = "URI:tellerwire://pin/90000001/927601/92760011", .key_usage = AGREEMENT},
     "not for cards like"},
    {{.names = "URI:tellerwire://pin/90000001", .key_usage = AGREEMENT}, "not the name"},
    {{.names = "URI:tellerwire://pin/90000002/92760001", .key_usage = AGREEMENT},
     "not the PIN key"},
    {{.names = "URI:tellerwire://bank/90000001", .key_usage = AGREEMENT}, "not the PIN key"},
    {{.names = "URI:tellerwire://terminal/90000001/00000017", .key_usage = AGREEMENT},
     "not the PIN key"},
    {{.names = NAMES ",URI:tellerwire://bank/90000001", .key_usage = AGREEMENT}, "more than one"},
    {{.key_usage = AGREEMENT}, "names no party"},
    {{.names = NAMES}, "usage"},
    {{.names = NAMES, .key_usage = "critical,digitalSignature"}, "usage"},
    {{.names = NAMES, .key_usage = "critical,digitalSignature,keyAgreement"}, "usage"},
    {{.names = NAMES, .key_usage = AGREEMENT, .extended_key_usage = "serverAuth"}, "usage"},
    {{.names = NAMES, .key_usage = AGREEMENT, .extended_key_usage = "clientAuth"}, "usage"},
    {{.names = NAMES, .key_usage = AGREEMENT, .until_s = TEST_NOW_S - 1}, "expired"},
    {{.names = NAMES, .key_usage = AGREEMENT, .from_s = TEST_NOW_S + 60}, "not yet valid"},
    {{.names = NAMES, .key_usage = AGREEMENT, .curve = "P-384"}, "P-256"},
    {{.names = NAMES, .key_usage = AGREEMENT, .curve = "P-521"}, "P-256"},
};

START_TEST(other_certificates_are_refused_for_their_own_reason) {
    struct tw_error error = {0};
    struct tw_status status = offered(&refused[_i].wish, &root, &error);
    ck_assert(status.code == TW_E_CRYPTO || status.code == TW_E_IDENTITY);
    ck_assert_msg(strstr(error.detail, refused[_i].why) != NULL, "%s: %s", refused[_i].why,
                  error.detail);
}
END_TEST

static const struct test_wish good = {.names = NAMES, .key_usage = AGREEMENT};

START_TEST(certificate_of_another_root_is_refused) {
    struct test_certificate other = test_certificate_make(&root_wish, NULL);
    ck_assert_int_eq(offered(&good, &other, NULL).code, TW_E_CRYPTO);
    ck_assert_int_eq(offered(&good, NULL, NULL).code, TW_E_CRYPTO); /* signed by itself */
    test_certificate_free(&other);
}
END_TEST

START_TEST(certificate_made_by_a_party_is_refused) {
    struct test_certificate party = test_certificate_make(&good, &root);
    ck_assert_int_eq(offered(&good, &party, NULL).code, TW_E_CRYPTO);
    test_certificate_free(&party);
}
END_TEST

START_TEST(root_itself_is_no_pin_certificate) {
    struct tw_pin_encryptor *encryptor = NULL;
    char *pem = test_certificate_pem(&root);
    struct tw_status status = tw_pin_encryptor_new(pem, &trust, BANK, PAN, &encryptor, NULL);
    ck_assert_int_eq(status.code, TW_E_CRYPTO);
    ck_assert_ptr_null(encryptor);
    free(pem);
}
END_TEST

START_TEST(text_that_is_no_certificate_is_refused) {
    static const char *const texts[] = {
        "", "rubbish", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"};
    struct tw_pin_encryptor *encryptor = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct tw_status status =
            tw_pin_encryptor_new(texts[i], &trust, BANK, PAN, &encryptor, NULL);
        ck_assert_int_eq(status.code, TW_E_CRYPTO);
    }
    char *long_text = calloc(1, 100001);
    memset(long_text, 'A', 100000);
    struct tw_status status = tw_pin_encryptor_new(long_text, &trust, BANK, PAN, &encryptor, NULL);
    ck_assert_int_eq(status.code, TW_E_CRYPTO);
    free(long_text);
}
END_TEST

/* What happens to a good certificate while this list is in force. */
static struct tw_status offered_under(const struct test_certificate *signer, bool revoked,
                                      int64_t until_s, struct tw_error *ret_error) {
    struct test_certificate pair = test_certificate_make(&good, &root);
    struct tw_pin_encryptor *encryptor = NULL;
    char *pem = test_certificate_pem(&pair);
    test_crl_write(signer, revoked ? pair.certificate : NULL, until_s, crl_file);
    struct tw_status status = tw_pin_encryptor_new(pem, &trust, BANK, PAN, &encryptor, ret_error);
    ck_assert_int_eq(tw_ok(status), encryptor != NULL);
    tw_pin_encryptor_free(encryptor);
    test_certificate_free(&pair);
    free(pem);
    return status;
}

START_TEST(revoked_certificate_is_refused) {
    struct tw_error error = {0};
    ck_assert(tw_ok(offered_under(&root, false, TEST_NOW_S + 60, NULL)));
    ck_assert_int_eq(offered_under(&root, true, TEST_NOW_S + 60, &error).code, TW_E_CRYPTO);
    ck_assert_msg(strstr(error.detail, "revoked") != NULL, "%s", error.detail);
}
END_TEST

START_TEST(revocation_list_that_says_nothing_now_is_no_permission) {
    struct test_certificate other = test_certificate_make(&root_wish, NULL);
    struct tw_error error = {0};
    ck_assert_int_eq(offered_under(&root, false, TEST_NOW_S - 60, &error).code, TW_E_CRYPTO);
    ck_assert_msg(strstr(error.detail, "expired") != NULL, "%s", error.detail);
    ck_assert_int_eq(offered_under(&other, false, TEST_NOW_S + 60, NULL).code, TW_E_CRYPTO);
    test_certificate_free(&other);
    test_certificate_write(&root, crl_file);
    ck_assert_int_eq(offered(&good, &root, NULL).code, TW_E_CONFIG);
    ck_assert_int_eq(unlink(crl_file), 0);
    ck_assert_int_eq(offered(&good, &root, NULL).code, TW_E_CONFIG);
}
END_TEST

START_TEST(missing_root_is_a_fault_of_configuration) {
    ck_assert_int_eq(unlink(root_file), 0);
    ck_assert_int_eq(offered(&good, &root, NULL).code, TW_E_CONFIG);
}
END_TEST

/* ---- the issuer's key file ---- */

static struct tw_status decryptor_from(const struct test_wish *wish, unsigned mode) {
    struct test_certificate pair = test_certificate_make(wish, &root);
    struct tw_pin_decryptor *decryptor = NULL;
    struct tw_error error = {0};
    (void)unlink(key_file); /* an earlier one of mode 0400 can be written again by root only */
    test_key_write(&pair, key_file, mode);
    struct tw_status status = tw_pin_decryptor_new(key_file, &decryptor, &error);
    ck_assert_int_eq(tw_ok(status), decryptor != NULL);
    tw_pin_decryptor_free(decryptor);
    test_certificate_free(&pair);
    return status;
}

START_TEST(key_file_must_be_private_and_on_the_curve) {
    ck_assert(tw_ok(decryptor_from(&good, 0600)));
    ck_assert(tw_ok(decryptor_from(&good, 0400)));
    ck_assert_int_eq(decryptor_from(&good, 0640).code, TW_E_CONFIG);
    ck_assert_int_eq(decryptor_from(&good, 0604).code, TW_E_CONFIG);
    ck_assert_int_eq(decryptor_from(&(struct test_wish){.curve = "P-384"}, 0600).code, TW_E_CONFIG);
}
END_TEST

START_TEST(files_without_a_plain_private_key_are_refused) {
    struct tw_pin_decryptor *decryptor = NULL;
    struct test_certificate pair = test_certificate_make(&good, &root);

    test_certificate_write(&pair, key_file);
    ck_assert_int_eq(chmod(key_file, 0600), 0);
    ck_assert_int_eq(tw_pin_decryptor_new(key_file, &decryptor, NULL).code, TW_E_CONFIG);

    FILE *out = fopen(key_file, "w"); /* encrypted: nobody is there to type a password */
    ck_assert_int_eq(PEM_write_PrivateKey(out, pair.key, EVP_aes_128_cbc(),
                                          (const unsigned char *)"secret", 6, NULL, NULL),
                     1);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(tw_pin_decryptor_new(key_file, &decryptor, NULL).code, TW_E_CONFIG);
    ck_assert_int_eq(tw_pin_decryptor_new("/nonexistent", &decryptor, NULL).code, TW_E_CONFIG);
    ck_assert_int_eq(tw_pin_decryptor_new(folder, &decryptor, NULL).code, TW_E_CONFIG);
    ck_assert_ptr_null(decryptor);
    test_certificate_free(&pair);
}
END_TEST

#define COUNT(of) ((int)(sizeof(of) / sizeof(of)[0]))

int main(void) {
    Suite *suite = suite_create("pin_certificate");
    TCase *certificates = tcase_create("certificates");
    TCase *keys = tcase_create("key files");

    tcase_add_test(certificates, certificate_for_pins_of_this_bank_is_accepted);
    tcase_add_loop_test(certificates, certificate_may_name_any_iin_of_the_card, 0, COUNT(covering));
    tcase_add_loop_test(certificates, other_certificates_are_refused_for_their_own_reason, 0,
                        COUNT(refused));
    tcase_add_test(certificates, certificate_of_another_root_is_refused);
    tcase_add_test(certificates, certificate_made_by_a_party_is_refused);
    tcase_add_test(certificates, root_itself_is_no_pin_certificate);
    tcase_add_test(certificates, text_that_is_no_certificate_is_refused);
    tcase_add_test(certificates, revoked_certificate_is_refused);
    tcase_add_test(certificates, revocation_list_that_says_nothing_now_is_no_permission);
    tcase_add_test(certificates, missing_root_is_a_fault_of_configuration);
    tcase_add_test(keys, key_file_must_be_private_and_on_the_curve);
    tcase_add_test(keys, files_without_a_plain_private_key_are_refused);

    TCase *cases[] = {certificates, keys};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tcase_add_checked_fixture(cases[i], setup, teardown);
        suite_add_tcase(suite, cases[i]);
    }
    return test_run(suite);
}
