/* Names of parties: one spelling each, one per certificate. */
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/identity.h"
#include "support/certificate.h"
#include "support/suite.h"

static struct tw_identity parsed(const char *uri) {
    struct tw_identity identity;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_identity_parse(uri, &identity, &error)), "%s: %s", uri, error.detail);
    ck_assert_str_eq(identity.text, uri);
    return identity;
}

START_TEST(every_kind_is_read_with_its_members) {
    struct tw_identity terminal = parsed("tellerwire://terminal/90000001/00000017");
    ck_assert_int_eq(terminal.kind, TW_ID_TERMINAL);
    ck_assert_int_eq(terminal.bank_code, 90000001);
    ck_assert_int_eq(terminal.terminal_id, 17);
    ck_assert_str_eq(terminal.name, "");

    struct tw_identity bank = parsed("tellerwire://bank/99999999");
    ck_assert_int_eq(bank.kind, TW_ID_BANK);
    ck_assert_int_eq(bank.bank_code, 99999999);
    ck_assert_int_eq(bank.terminal_id, 0);

    struct tw_identity middleware = parsed("tellerwire://middleware/mw1");
    ck_assert_int_eq(middleware.kind, TW_ID_MIDDLEWARE);
    ck_assert_int_eq(middleware.bank_code, 0);
    ck_assert_str_eq(middleware.name, "mw1");

    struct tw_identity agent = parsed("tellerwire://agent/settlement");
    ck_assert_int_eq(agent.kind, TW_ID_AGENT);
    ck_assert_str_eq(agent.name, "settlement");

    struct tw_identity alice = parsed("tellerwire://operator/90000001/alice");
    ck_assert_int_eq(alice.kind, TW_ID_OPERATOR);
    ck_assert_int_eq(alice.bank_code, 90000001);
    ck_assert_str_eq(alice.name, "alice");

    struct tw_identity pin = parsed("tellerwire://pin/90000001/92760001/927602");
    ck_assert_int_eq(pin.kind, TW_ID_PIN);
    ck_assert_int_eq(pin.bank_code, 90000001);
    ck_assert_uint_eq(pin.iin_count, 2);
    ck_assert_str_eq(pin.iins[0], "92760001");
    ck_assert_str_eq(pin.iins[1], "927602");
}
END_TEST

static const char *const refused_names[] = {
    "",
    "tellerwire",
    "tellerwire:",
    "tellerwire://",
    "tellerwire://terminal",
    "tellerwire://terminal/",
    "tellerwire://terminal/90000001",
    "tellerwire://terminal/90000001/",
    "tellerwire://terminal/90000001/17",
    "tellerwire://terminal/90000001/0000001",
    "tellerwire://terminal/90000001/000000017",
    "tellerwire://terminal/90000001/00000000",
    "tellerwire://terminal/90000001/0000001x",
    "tellerwire://terminal/90000001/-0000017",
    "tellerwire://terminal/90000001/ 0000017",
    "tellerwire://terminal/90000001//00000017",
    "tellerwire://terminal//90000001/00000017",
    "tellerwire://terminal/90000001/00000017/",
    "tellerwire://terminal/90000001/00000017?x",
    "tellerwire://terminal/90000001/00000017#x",
    "tellerwire://terminal/90000001/00000017 ",
    "tellerwire://terminal/90000001/00000017\n",
    "tellerwire://terminal/10000001/00000017",
    "tellerwire://terminal/00000001/00000017",
    "tellerwire://terminal/90000001/alice",
    "tellerwire://Terminal/90000001/00000017",
    "Tellerwire://terminal/90000001/00000017",
    "tellerwire:/terminal/90000001/00000017",
    "tellerwire:terminal/90000001/00000017",
    "tellerwire://user@terminal/90000001/00000017",
    "tellerwire://terminal:7001/90000001/00000017",
    "tellerwire://t%65rminal/90000001/00000017",
    " tellerwire://bank/90000001",
    "http://bank/90000001",
    "tellerwire://bank",
    "tellerwire://bank/",
    "tellerwire://bank/9000001",
    "tellerwire://bank/900000011",
    "tellerwire://bank/90000001/x",
    "tellerwire://bank/9000000\xd9\xa9",
    "tellerwire://banker/90000001",
    "tellerwire://middleware/",
    "tellerwire://middleware/MW1",
    "tellerwire://middleware/-mw",
    "tellerwire://middleware/.mw",
    "tellerwire://middleware/mw/1",
    "tellerwire://middleware/mw 1",
    "tellerwire://middleware/m\xc3\xbc",
    "tellerwire://middleware/0123456789012345678901234567890123456789012345678901234567890123",
    "tellerwire://operator/alice",
    "tellerwire://operator/90000001",
    "tellerwire://operator/90000001/",
    "tellerwire://operator/90000001alice",
    "tellerwire://pin/90000001",
    "tellerwire://pin/90000001/",
    "tellerwire://pin/90000001/1",
    "tellerwire://pin/90000001/92760",
    "tellerwire://pin/90000001/927600011",
    "tellerwire://pin/90000001/82760001",
    "tellerwire://pin/90000001/9276000x",
    "tellerwire://pin/90000001/92760001/",
    "tellerwire://pin/90000001/92760001//927602",
    "tellerwire://pin/90000001/92760001,927602",
    "tellerwire://bank/90000001/92760001",
    "tellerwire://root/90000001",
};

START_TEST(other_spellings_are_refused) {
    struct tw_identity identity;
    struct tw_error error = {0};
    struct tw_status status = tw_identity_parse(refused_names[_i], &identity, &error);
    ck_assert_msg(status.code == TW_E_IDENTITY, "accepted: %s", refused_names[_i]);
    ck_assert_int_eq(identity.kind, TW_ID_NONE);
    ck_assert_str_eq(identity.text, "");
}
END_TEST

START_TEST(longest_names_fit) {
    char uri[] = "tellerwire://operator/90000001/"
                 "a23456789012345678901234567890123456789012345678901234567890123";
    struct tw_identity identity = parsed(uri);
    ck_assert_uint_eq(strlen(identity.name), sizeof identity.name - 1);
}
END_TEST

/* What tw_identity_of says of a certificate with these alternative names. */
static struct tw_status identity_with(const char *names, struct tw_identity *ret_identity) {
    struct tw_error error = {0};
    struct test_certificate pair = test_certificate_make(&(struct test_wish){.names = names}, NULL);
    struct tw_status status = tw_identity_of(pair.certificate, ret_identity, &error);
    test_certificate_free(&pair);
    return status;
}

START_TEST(certificate_identity_is_its_one_tellerwire_uri) {
    struct tw_identity identity;
    ck_assert(tw_ok(identity_with("URI:tellerwire://bank/90000001", &identity)));
    ck_assert_int_eq(identity.kind, TW_ID_BANK);
    ck_assert(tw_ok(identity_with("DNS:localhost,IP:127.0.0.1,URI:https://example.org/asset/7,"
                                  "URI:tellerwire://middleware/mw1",
                                  &identity)));
    ck_assert_str_eq(identity.text, "tellerwire://middleware/mw1");
}
END_TEST

static const char *const refused_alternatives[] = {
    NULL,
    "DNS:localhost",
    "DNS:tellerwire",
    "email:tellerwire@example.org",
    "URI:https://example.org/",
    "URI:tellerwire://bank/90000001,URI:tellerwire://bank/90000001",
    "URI:tellerwire://bank/90000001,URI:tellerwire://bank/90000002",
    "URI:tellerwire://terminal/90000001/00000017,URI:TELLERWIRE://bank/90000001",
    "URI:tellerwire://bank/90000001,URI:tellerwire:rubbish",
    "URI:TellerWire://bank/90000001",
    "URI:tellerwire://bank/90000001?",
};

START_TEST(certificates_without_exactly_one_name_are_refused) {
    struct tw_identity identity;
    struct tw_status status = identity_with(refused_alternatives[_i], &identity);
    ck_assert_int_eq(status.code, TW_E_IDENTITY);
    ck_assert_int_eq(identity.kind, TW_ID_NONE);
}
END_TEST

/* Adds subjectAltName with one URI of exactly these bytes. */
static void add_uri(X509 *certificate, const char *bytes, int length) {
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *uri = ASN1_IA5STRING_new();
    ck_assert_int_eq(ASN1_STRING_set(uri, bytes, length), 1);
    GENERAL_NAME_set0_value(name, GEN_URI, uri);
    ck_assert_int_gt(sk_GENERAL_NAME_push(names, name), 0);
    ck_assert_int_eq(
        X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND), 1);
    GENERAL_NAMES_free(names);
}

START_TEST(nul_byte_does_not_shorten_a_name) {
    static const char forged[] = "tellerwire://bank/90000001\0.example.org";
    struct test_certificate pair = test_certificate_make(&(struct test_wish){0}, NULL);
    struct tw_identity identity;
    struct tw_error error = {0};
    add_uri(pair.certificate, forged, (int)sizeof forged - 1);
    struct tw_status status = tw_identity_of(pair.certificate, &identity, &error);
    ck_assert_int_eq(status.code, TW_E_IDENTITY);
    ck_assert_ptr_nonnull(strstr(error.detail, "NUL"));
    test_certificate_free(&pair);
}
END_TEST

START_TEST(second_extension_with_names_is_refused) {
    static const char other[] = "tellerwire://bank/90000002";
    struct test_certificate pair = test_certificate_make(
        &(struct test_wish){.names = "URI:tellerwire://terminal/90000001/00000017"}, NULL);
    struct tw_identity identity;
    add_uri(pair.certificate, other, (int)sizeof other - 1);
    struct tw_status status = tw_identity_of(pair.certificate, &identity, NULL);
    ck_assert_int_eq(status.code, TW_E_IDENTITY);
    test_certificate_free(&pair);
}
END_TEST

#define COUNT(of) ((int)(sizeof(of) / sizeof(of)[0]))

/* "/92760001" so often. */
static struct tw_status parsed_with_iins(size_t count) {
    char uri[512] = "tellerwire://pin/90000001";
    struct tw_identity identity;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(uri);
        (void)snprintf(uri + length, sizeof uri - length, "/9276%04zu", i);
    }
    struct tw_status status = tw_identity_parse(uri, &identity, NULL);
    ck_assert_uint_eq(identity.iin_count, tw_ok(status) ? count : 0);
    return status;
}

START_TEST(pin_key_has_a_bounded_number_of_iins) {
    ck_assert(tw_ok(parsed_with_iins(TW_IDENTITY_IINS_MAX)));
    ck_assert_int_eq(parsed_with_iins(TW_IDENTITY_IINS_MAX + 1).code, TW_E_IDENTITY);
}
END_TEST

START_TEST(pin_key_covers_cards_by_the_beginning_of_their_number) {
    struct tw_identity pin = parsed("tellerwire://pin/90000001/92760001/927602");
    ck_assert(tw_identity_covers(&pin, "9276000112345671"));
    ck_assert(tw_identity_covers(&pin, "9276029912345671"));
    ck_assert(tw_identity_covers(&pin, "92760001"));
    ck_assert(!tw_identity_covers(&pin, "9276000"));
    ck_assert(!tw_identity_covers(&pin, "9276000212345671"));
    ck_assert(!tw_identity_covers(&pin, ""));
    struct tw_identity bank = parsed("tellerwire://bank/90000001");
    ck_assert(!tw_identity_covers(&bank, "9276000112345671"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("identity");
    TCase *names = tcase_create("names");
    TCase *certificates = tcase_create("certificates");

    tcase_add_test(names, every_kind_is_read_with_its_members);
    tcase_add_loop_test(names, other_spellings_are_refused, 0, COUNT(refused_names));
    tcase_add_test(names, longest_names_fit);
    tcase_add_test(names, pin_key_has_a_bounded_number_of_iins);
    tcase_add_test(names, pin_key_covers_cards_by_the_beginning_of_their_number);
    tcase_add_test(certificates, certificate_identity_is_its_one_tellerwire_uri);
    tcase_add_loop_test(certificates, certificates_without_exactly_one_name_are_refused, 0,
                        COUNT(refused_alternatives));
    tcase_add_test(certificates, nul_byte_does_not_shorten_a_name);
    tcase_add_test(certificates, second_extension_with_names_is_refused);
    suite_add_tcase(suite, names);
    suite_add_tcase(suite, certificates);

    return test_run(suite);
}
