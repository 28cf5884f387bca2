/* sign/signed: what is taken for a statement of a party, and what is not. */
#include "sign/signed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/certificate.h"
#include "support/scratch.h"
#include "support/suite.h"
#include "wire/json.h"

#define SIGNATURE "critical,digitalSignature"
#define BANK      "URI:tellerwire://bank/90000001"

static char folder[TEST_PATH_SIZE];
static char root_file[sizeof folder + 16], crl_file[sizeof folder + 16];
static char key_file[sizeof folder + 16], certificate_file[sizeof folder + 24];
static struct test_certificate root, bank;

static int64_t wall_ms_of_test(void *context) {
    (void)context;
    return TEST_NOW_S * 1000;
}
static const struct tw_clock clock_of_test = {.wall_ms = wall_ms_of_test};
static const struct tw_trust trust = {
    .root_file = root_file, .crl_file = crl_file, .clock = &clock_of_test};
static const struct test_wish root_wish = {.authority = true,
                                           .key_usage = "critical,keyCertSign,cRLSign"};

static void write_party(const struct test_wish *wish) {
    test_certificate_free(&bank);
    bank = test_certificate_make(wish, &root);
    test_certificate_write(&bank, certificate_file);
    test_key_write(&bank, key_file, 0600);
}

static void setup(void) {
    test_scratch_folder(folder);
    ck_assert_int_gt(snprintf(root_file, sizeof root_file, "%s/root.crt", folder), 0);
    ck_assert_int_gt(snprintf(crl_file, sizeof crl_file, "%s/crl.pem", folder), 0);
    ck_assert_int_gt(snprintf(key_file, sizeof key_file, "%s/key.pem", folder), 0);
    ck_assert_int_gt(snprintf(certificate_file, sizeof certificate_file, "%s/cert.pem", folder), 0);
    root = test_certificate_make(&root_wish, NULL);
    test_certificate_write(&root, root_file);
    test_crl_write(&root, NULL, TEST_NOW_S + TEST_DAY_S, crl_file);
    write_party(&(struct test_wish){.names = BANK, .key_usage = SIGNATURE});
}

static void teardown(void) {
    test_certificate_free(&root);
    test_certificate_free(&bank);
}

static struct ib_signer *new_signer(void) {
    struct tw_error error = {0};
    struct ib_signer *signer = NULL;
    ck_assert_msg(tw_ok(ib_signer_new(certificate_file, key_file, &signer, &error)), "%s",
                  error.detail);
    return signer;
}

static char *sealed(const struct ib_signer *signer) {
    char *text = NULL;
    json_t *payload = json_pack("{s:s,s:i}", "bank", "90000001", "window_no", 3);
    ck_assert(tw_ok(ib_signer_seal(signer, IB_TYPE_TOTALS, payload, &text, NULL)));
    return text;
}

static struct tw_status opened(const char *type, const char *text, const char *certificate,
                               struct tw_error *ret_error) {
    struct tw_identity identity;
    json_t *payload = NULL;
    struct tw_status status =
        ib_signed_open(&trust, type, text, certificate, &identity, &payload, ret_error);
    ck_assert_int_eq(tw_ok(status), payload != NULL);
    json_decref(payload);
    return status;
}

START_TEST(statement_is_read_with_who_signed_it) {
    struct ib_signer *signer = new_signer();
    char *text = sealed(signer);
    struct tw_identity identity = {0};
    TW_JSON_OWNED json_t *payload = NULL;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(ib_signed_open(&trust, IB_TYPE_TOTALS, text, ib_signer_certificate(signer),
                                       &identity, &payload, &error)),
                  "%s", error.detail);
    ck_assert_int_eq(identity.kind, TW_ID_BANK);
    ck_assert_int_eq(identity.bank_code, 90000001);
    ck_assert_int_eq(json_integer_value(json_object_get(payload, "window_no")), 3);
    free(text);
    ib_signer_free(signer);
}
END_TEST

START_TEST(statement_of_one_kind_is_none_of_another) {
    struct ib_signer *signer = new_signer();
    char *text = sealed(signer);
    ck_assert_int_eq(opened(IB_TYPE_POSITIONS, text, ib_signer_certificate(signer), NULL).code,
                     TW_E_CRYPTO);
    free(text);
    ib_signer_free(signer);
}
END_TEST

START_TEST(any_changed_character_is_found) {
    struct ib_signer *signer = new_signer();
    char *text = sealed(signer);
    for (size_t i = 0; text[i] != '\0'; i++) {
        char kept = text[i];
        text[i] = kept == 'A' ? 'B' : 'A';
        ck_assert_msg(!tw_ok(opened(IB_TYPE_TOTALS, text, ib_signer_certificate(signer), NULL)),
                      "at %zu", i);
        text[i] = kept;
    }
    free(text);
    ib_signer_free(signer);
}
END_TEST

START_TEST(certificate_of_another_party_does_not_verify_it) {
    struct ib_signer *signer = new_signer();
    char *text = sealed(signer);
    struct test_certificate other =
        test_certificate_make(&(struct test_wish){.names = BANK, .key_usage = SIGNATURE}, &root);
    char *pem = test_certificate_pem(&other);
    struct tw_error error = {0};
    ck_assert_int_eq(opened(IB_TYPE_TOTALS, text, pem, &error).code, TW_E_CRYPTO);
    ck_assert_ptr_nonnull(strstr(error.detail, "not signed by"));
    free(pem);
    free(text);
    test_certificate_free(&other);
    ib_signer_free(signer);
}
END_TEST

static const struct {
    struct test_wish wish;
    const char *why;
} refused[] = {
    {{.names = BANK, .key_usage = "critical,keyAgreement"}, "not for signatures"},
    {{.names = BANK}, "not for signatures"},
    {{.names = BANK, .key_usage = SIGNATURE, .until_s = TEST_NOW_S - 1}, "expired"},
    {{.key_usage = SIGNATURE}, "names no party"},
};

START_TEST(certificates_that_may_not_sign_are_refused) {
    write_party(&refused[_i].wish);
    struct ib_signer *signer = new_signer();
    char *text = sealed(signer);
    struct tw_error error = {0};
    ck_assert(!tw_ok(opened(IB_TYPE_TOTALS, text, ib_signer_certificate(signer), &error)));
    ck_assert_msg(strstr(error.detail, refused[_i].why) != NULL, "%s", error.detail);
    free(text);
    ib_signer_free(signer);
}
END_TEST

START_TEST(revoked_signer_is_refused) {
    struct ib_signer *signer = new_signer();
    char *text = sealed(signer);
    test_crl_write(&root, bank.certificate, TEST_NOW_S + TEST_DAY_S, crl_file);
    struct tw_error error = {0};
    ck_assert(!tw_ok(opened(IB_TYPE_TOTALS, text, ib_signer_certificate(signer), &error)));
    ck_assert_msg(strstr(error.detail, "revoked") != NULL, "%s", error.detail);
    free(text);
    ib_signer_free(signer);
}
END_TEST

/* What it says of a time, looked at on a later day with a list of that day. */
static struct tw_status opened_as_of(int64_t as_of_s, const char *text, const char *certificate,
                                     struct tw_error *ret_error) {
    struct tw_trust then = trust;
    TW_JSON_OWNED json_t *payload = NULL;
    struct tw_identity identity = {0};
    then.as_of_ms = as_of_s * 1000;
    return ib_signed_open(&then, IB_TYPE_TOTALS, text, certificate, &identity, &payload, ret_error);
}

/* The list of the last day revokes since its first moment. */
START_TEST(signature_stays_true_when_its_certificate_ends) {
    struct test_wish older = root_wish;
    older.from_s = TEST_NOW_S - 3 * TEST_DAY_S;
    test_certificate_free(&root);
    root = test_certificate_make(&older, NULL);
    test_certificate_write(&root, root_file);
    write_party(&(struct test_wish){.names = BANK, .key_usage = SIGNATURE, .from_s = older.from_s});
    struct ib_signer *signer = new_signer();
    char *text = sealed(signer);
    const char *certificate = ib_signer_certificate(signer);
    struct tw_error error = {0};
    test_crl_write(&root, bank.certificate, TEST_NOW_S + TEST_DAY_S, crl_file);
    ck_assert_msg(tw_ok(opened_as_of(TEST_NOW_S - 2 * TEST_DAY_S, text, certificate, &error)), "%s",
                  error.detail);
    ck_assert(!tw_ok(opened_as_of(TEST_NOW_S - 1, text, certificate, &error)));
    ck_assert_msg(strstr(error.detail, "revoked") != NULL, "%s", error.detail);
    test_crl_write(&root, NULL, TEST_NOW_S + TEST_DAY_S, crl_file);
    ck_assert(!tw_ok(opened_as_of(TEST_NOW_S + 2 * TEST_DAY_S, text, certificate, &error)));
    ck_assert_msg(strstr(error.detail, "expired") != NULL, "%s", error.detail);
    free(text);
    ib_signer_free(signer);
}
END_TEST

START_TEST(key_that_does_not_fit_the_certificate_is_refused) {
    struct test_certificate other =
        test_certificate_make(&(struct test_wish){.names = BANK, .key_usage = SIGNATURE}, &root);
    struct ib_signer *signer = NULL;
    test_key_write(&other, key_file, 0600);
    ck_assert_int_eq(ib_signer_new(certificate_file, key_file, &signer, NULL).code, TW_E_CONFIG);
    test_key_write(&bank, key_file, 0644); /* everybody could sign */
    ck_assert(!tw_ok(ib_signer_new(certificate_file, key_file, &signer, NULL)));
    test_certificate_free(&other);
}
END_TEST

START_TEST(statement_that_is_too_long_is_not_made) {
    struct ib_signer *signer = new_signer();
    char *text = NULL;
    char *much = calloc(1, IB_SIGNED_TEXT_MAX + 1);
    memset(much, 'x', IB_SIGNED_TEXT_MAX);
    ck_assert_int_eq(
        ib_signer_seal(signer, IB_TYPE_TOTALS, json_pack("{s:s}", "x", much), &text, NULL).code,
        TW_E_TOO_LARGE);
    ck_assert_ptr_null(text);
    free(much);
    ib_signer_free(signer);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = statement_is_read_with_who_signed_it},
        {.test = statement_of_one_kind_is_none_of_another},
        {.test = any_changed_character_is_found},
        {.test = certificate_of_another_party_does_not_verify_it},
        {.test = certificates_that_may_not_sign_are_refused, .rows = COUNT_OF(refused)},
        {.test = revoked_signer_is_refused},
        {.test = signature_stays_true_when_its_certificate_ends},
        {.test = key_that_does_not_fit_the_certificate_is_refused},
        {.test = statement_that_is_too_long_is_not_made},
    };
    return test_main_with("signed", tests, COUNT_OF(tests), setup, teardown);
}
