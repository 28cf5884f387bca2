/* Which directories are believed, and what is found in them. */
#include "directory/directory.h"

#include <jansson.h>
#include <jose/jws.h>
#include <jose/openssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pin/base64url.h"
#include "support/certificate.h"
#include "support/scarce.h"
#include "support/scratch.h"
#include "support/suite.h"

#define ALDER                                                                                      \
    "{\"bank_code\":\"90000001\",\"name\":\"Alder Bank\",\"currency\":\"EUR\",\"iins\":["          \
    "\"92760001\"],\"addresses\":[\"127.1.2.3:7101\",\"[::1]:7102\"]}"
#define BIRCH                                                                                      \
    "{\"bank_code\":\"90000002\",\"name\":\"Birch Bank\",\"currency\":\"EUR\",\"iins\":["          \
    "\"92760002\",\"927602\"],\"addresses\":[\"birch.example:7101\"]}"
#define CEDAR                                                                                      \
    "{\"bank_code\":\"90000003\",\"name\":\"Cedar Bank\",\"currency\":\"EUR\",\"iins\":["          \
    "\"9276020\",\"92760203\"],\"addresses\":[\"127.1.2.4:7101\"]}"
#define TIME   "\"2026-11-20T09:00:00Z\""
#define THREE  "{\"serial\":7,\"issued\":" TIME ",\"banks\":[" CEDAR "," ALDER "," BIRCH "]}"
#define HEADER "{\"alg\":\"ES256\",\"typ\":\"tellerwire-directory\"}"

static char root_file[TEST_PATH_SIZE], key_file[TEST_PATH_SIZE];
static struct test_certificate root, other;

static const struct test_wish root_wish = {.authority = true,
                                           .key_usage = "critical,keyCertSign,cRLSign"};

static void setup(void) {
    (void)close(test_scratch_file(root_file));
    (void)close(test_scratch_file(key_file));
    root = test_certificate_make(&root_wish, NULL);
    other = test_certificate_make(&root_wish, NULL);
    test_certificate_write(&root, root_file);
    test_key_write(&root, key_file, 0600);
}

static void teardown(void) {
    test_certificate_free(&root);
    test_certificate_free(&other);
}

static char *signed_directory(const char *payload) {
    struct tw_error error = {0};
    char *jws = NULL;
    ck_assert_msg(tw_ok(ib_directory_sign(payload, strlen(payload), key_file, &jws, &error)), "%s",
                  error.detail);
    return jws;
}

static enum tw_code opened(const char *jws) {
    struct ib_directory *directory = NULL;
    struct tw_status status = ib_directory_open(jws, root_file, &directory, NULL);
    ck_assert(tw_ok(status) == (directory != NULL));
    ib_directory_free(directory);
    return status.code;
}

static enum tw_code read_payload(const char *payload, size_t length) {
    struct ib_directory *directory = NULL;
    struct tw_status status = ib_directory_read(payload, length, &directory, NULL);
    ck_assert(tw_ok(status) == (directory != NULL));
    ib_directory_free(directory);
    return status.code;
}

START_TEST(signed_directory_is_read) {
    char *jws = signed_directory(THREE);
    struct ib_directory *directory = NULL;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(ib_directory_open(jws, root_file, &directory, &error)), "%s", error.detail);
    ck_assert_int_eq(ib_directory_serial(directory), 7);
    ck_assert_str_eq(ib_directory_issued(directory), "2026-11-20T09:00:00Z");
    ck_assert_uint_eq(ib_directory_count(directory), 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(ib_directory_at(directory, i)->code, 90000001 + (int)i);
    }
    const struct ib_bank *alder = ib_directory_bank(directory, 90000001);
    ck_assert_str_eq(alder->name, "Alder Bank");
    ck_assert_str_eq(alder->currency.code, "EUR");
    ck_assert_uint_eq(alder->address_count, 2);
    ck_assert_str_eq(alder->addresses[1], "[::1]:7102");
    ck_assert_ptr_null(ib_directory_bank(directory, 90000004));
    ib_directory_free(directory);
    free(jws);
}
END_TEST

static const struct {
    const char *digits;
    int32_t code; /* 0: nobody's */
} cards[] = {
    {"9276000112345674", 90000001},      /* eight digits */
    {"9276029912345678", 90000002},      /* six */
    {"9276020012345678", 90000003},      /* seven win over six */
    {"9276020312345678", 90000003},      /* eight over seven */
    {"92760002", 90000002},              /* an IIN alone */
    {"927602", 90000002},                /* its shortest */
    {"92760", 0},                        /* too short to tell */
    {"", 0},                             /* nothing */
    {"9276000312345678", 0},             /* in nobody's range */
    {"4276000112345674", 0},             /* not of this network */
    {"927600019999999999999", 90000001}, /* only the beginning counts */
};

START_TEST(longest_prefix_finds_the_issuer) {
    struct ib_directory *directory = NULL;
    ck_assert(tw_ok(ib_directory_read(THREE, strlen(THREE), &directory, NULL)));
    const struct ib_bank *bank = ib_directory_issuer(directory, cards[_i].digits);
    ck_assert_int_eq(bank == NULL ? 0 : bank->code, cards[_i].code);
    ib_directory_free(directory);
}
END_TEST

/* Each is one change away from a good one. */
#define BANKS(list) "{\"serial\":1,\"issued\":" TIME ",\"banks\":[" list "]}"
#define ONE(code, name, currency, iins, addresses)                                                 \
    BANKS("{\"bank_code\":" code ",\"name\":" name ",\"currency\":" currency ",\"iins\":" iins     \
          ",\"addresses\":" addresses "}")
#define GOOD_CODE "\"90000001\""
#define GOOD_NAME "\"Alder\""
#define EURO      "\"EUR\""
#define GOOD_IIN  "[\"92760001\"]"
#define GOOD_HOST "[\"127.0.0.1:1\"]"
static const char *const accepted[] = {
    THREE,
    ONE(GOOD_CODE, GOOD_NAME, EURO, GOOD_IIN, GOOD_HOST),
    ONE(GOOD_CODE, "\"Erl\\u00e9\"", EURO, "[]", GOOD_HOST),
};

START_TEST(good_payload_is_accepted) {
    ck_assert_int_eq(read_payload(accepted[_i], strlen(accepted[_i])), TW_E_NONE);
}
END_TEST

static const char *const refused[] = {
    "null",
    "[]",
    "{}",
    "{\"serial\":1,\"issued\":" TIME "}",
    "{\"serial\":1,\"issued\":" TIME ",\"banks\":{}}",
    "{\"serial\":1,\"issued\":" TIME ",\"banks\":[" ALDER "],\"note\":1}",
    "{\"serial\":0,\"issued\":" TIME ",\"banks\":[" ALDER "]}",
    "{\"serial\":-1,\"issued\":" TIME ",\"banks\":[" ALDER "]}",
    "{\"serial\":1.0,\"issued\":" TIME ",\"banks\":[" ALDER "]}",
    "{\"serial\":\"1\",\"issued\":" TIME ",\"banks\":[" ALDER "]}",
    "{\"serial\":9007199254740992,\"issued\":" TIME ",\"banks\":[" ALDER "]}",
    "{\"serial\":1,\"issued\":\"2026-02-30T09:00:00Z\",\"banks\":[" ALDER "]}",
    "{\"serial\":1,\"issued\":\"2026-11-20T24:00:00Z\",\"banks\":[" ALDER "]}",
    "{\"serial\":1,\"issued\":\"2026-11-20T09:60:00Z\",\"banks\":[" ALDER "]}",
    "{\"serial\":1,\"issued\":\"2026-11-20 09:00:00Z\",\"banks\":[" ALDER "]}",
    "{\"serial\":1,\"issued\":\"2026-11-20T09:00:00+\",\"banks\":[" ALDER "]}",
    "{\"serial\":1,\"issued\":\"2026-11-20T09:00Z\",\"banks\":[" ALDER "]}",
    BANKS(""),
    BANKS("null"),
    BANKS(ALDER "," ALDER),
    BANKS("{\"bank_code\":" GOOD_CODE ",\"name\":\"A\",\"currency\":\"EUR\",\"iins\":[]}"),
    BANKS("{\"bank_code\":" GOOD_CODE ",\"name\":\"A\",\"currency\":\"EUR\",\"iins\":[],"
          "\"addresses\":" GOOD_HOST ",\"limit\":5}"),
    ONE("90000001", GOOD_NAME, EURO, GOOD_IIN, GOOD_HOST),
    ONE("\"80000001\"", GOOD_NAME, EURO, GOOD_IIN, GOOD_HOST),
    ONE("\"9000001\"", GOOD_NAME, EURO, GOOD_IIN, GOOD_HOST),
    ONE("\"9000000x\"", GOOD_NAME, EURO, GOOD_IIN, GOOD_HOST),
    ONE(GOOD_CODE, "\"\"", EURO, GOOD_IIN, GOOD_HOST),
    ONE(GOOD_CODE, "\"a\\u001bb\"", EURO, GOOD_IIN, GOOD_HOST),
    ONE(GOOD_CODE, "\"a\\u202eb\"", EURO, GOOD_IIN, GOOD_HOST),
    ONE(GOOD_CODE, "7", EURO, GOOD_IIN, GOOD_HOST),
    ONE(GOOD_CODE, "\"1234567890123456789012345678901234567890123456789012345678901234567890\"",
        EURO, GOOD_IIN, GOOD_HOST),
    ONE(GOOD_CODE, GOOD_NAME, "\"EUX\"", GOOD_IIN, GOOD_HOST),
    ONE(GOOD_CODE, GOOD_NAME, "\"EURO\"", GOOD_IIN, GOOD_HOST),
    ONE(GOOD_CODE, GOOD_NAME, EURO, "[\"92760\"]", GOOD_HOST),
    ONE(GOOD_CODE, GOOD_NAME, EURO, "[\"927600011\"]", GOOD_HOST),
    ONE(GOOD_CODE, GOOD_NAME, EURO, "[\"42760001\"]", GOOD_HOST),
    ONE(GOOD_CODE, GOOD_NAME, EURO, "[\"9276000a\"]", GOOD_HOST),
    ONE(GOOD_CODE, GOOD_NAME, EURO, "[\"92760001\",\"92760001\"]", GOOD_HOST),
    ONE(GOOD_CODE, GOOD_NAME, EURO, "[92760001]", GOOD_HOST),
    ONE(GOOD_CODE, GOOD_NAME, EURO, "\"92760001\"", GOOD_HOST),
    ONE(GOOD_CODE, GOOD_NAME, EURO, GOOD_IIN, "[]"),
    ONE(GOOD_CODE, GOOD_NAME, EURO, GOOD_IIN, "[\"127.0.0.1\"]"),
    ONE(GOOD_CODE, GOOD_NAME, EURO, GOOD_IIN, "[\"127.0.0.1:0\"]"),
    ONE(GOOD_CODE, GOOD_NAME, EURO, GOOD_IIN, "[\"127.0.0.1:1\",\"127.0.0.1:1\"]"),
    BANKS(ALDER ",{\"bank_code\":\"90000002\",\"name\":\"B\",\"currency\":\"EUR\",\"iins\":["
                "\"92760001\"],\"addresses\":" GOOD_HOST "}"),
};

START_TEST(other_payload_is_refused) {
    ck_assert_msg(read_payload(refused[_i], strlen(refused[_i])) == TW_E_INVALID_PARAMS, "%s",
                  refused[_i]);
}
END_TEST

/* A list of elements that differ in three digits. */
struct crowd {
    const char *before, *element, *element_end, *after;
};

static char *crowd(const struct crowd *shape, size_t count) {
    size_t element = strlen(shape->element) + strlen(shape->element_end) + 8;
    size_t size = strlen(shape->before) + count * element + strlen(shape->after) + 1;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    int at = snprintf(text, size, "%s", shape->before);
    for (size_t i = 0; i < count; i++) {
        at += snprintf(text + at, size - (size_t)at, "%s%s%03d%s", i > 0 ? "," : "", shape->element,
                       (int)i, shape->element_end);
    }
    (void)snprintf(text + at, size - (size_t)at, "%s", shape->after);
    return text;
}

#define BEGINNING "{\"serial\":1,\"issued\":" TIME ",\"banks\":["
static const struct {
    struct crowd shape;
    size_t most;
} crowds[] = {
    {{BEGINNING "{\"bank_code\":" GOOD_CODE ",\"name\":\"A\",\"currency\":\"EUR\",\"iins\":[",
      "\"92760", "\"", "],\"addresses\":" GOOD_HOST "}]}"},
     IB_BANK_IINS_MAX},
    {{BEGINNING "{\"bank_code\":" GOOD_CODE
                ",\"name\":\"A\",\"currency\":\"EUR\",\"iins\":[],\"addresses\":[",
      "\"127.0.0.1:1", "\"", "]}]}"},
     IB_BANK_ADDRESSES_MAX},
    {{BEGINNING, "{\"bank_code\":\"90000",
      "\",\"name\":\"A\",\"currency\":\"EUR\",\"iins\":[],\"addresses\":" GOOD_HOST "}", "]}"},
     IB_BANKS_MAX},
};

START_TEST(lists_have_a_limit) {
    char *full = crowd(&crowds[_i].shape, crowds[_i].most);
    char *over = crowd(&crowds[_i].shape, crowds[_i].most + 1);
    ck_assert_int_eq(read_payload(full, strlen(full)), TW_E_NONE);
    ck_assert_int_eq(read_payload(over, strlen(over)), TW_E_INVALID_PARAMS);
    free(full);
    free(over);
}
END_TEST

START_TEST(too_long_is_refused_before_it_is_read) {
    char *text = malloc(IB_DIRECTORY_TEXT_MAX + 2);
    ck_assert_ptr_nonnull(text);
    memset(text, 'A', IB_DIRECTORY_TEXT_MAX + 1);
    text[IB_DIRECTORY_TEXT_MAX + 1] = '\0';
    ck_assert_int_eq(opened(text), TW_E_TOO_LARGE);
    ck_assert_int_eq(read_payload(text, IB_DIRECTORY_TEXT_MAX + 1), TW_E_TOO_LARGE);
    free(text);
}
END_TEST

/* Fits as JSON, but not once it is base64url. */
START_TEST(what_would_not_fit_a_message_is_not_signed) {
    const struct crowd shape = {
        BEGINNING, "{\"bank_code\":\"90000",
        "\",\"name\":\"A bank with a name as long as that of a bank that merged often\","
        "\"currency\":\"EUR\",\"iins\":[],"
        "\"addresses\":[\"a-host-with-a-rather-long-name.with-a-domain.example:7101\"]}",
        "]}"};
    char *many = crowd(&shape, IB_BANKS_MAX);
    char *jws = NULL;
    ck_assert_int_eq(read_payload(many, strlen(many)), TW_E_NONE);
    struct tw_status status = ib_directory_sign(many, strlen(many), key_file, &jws, NULL);
    ck_assert_int_eq(status.code, TW_E_TOO_LARGE);
    ck_assert_ptr_null(jws);
    free(many);
}
END_TEST

/* A compact JWS with this header, signed by the key the way its algorithm asks for. */
static char *sealed(const char *header, const char *payload, EVP_PKEY *key, const char *algorithm) {
    char encoded_header[256];
    char encoded[4096];
    char *text = NULL;
    tw_base64url_encode((const uint8_t *)header, strlen(header), encoded_header);
    tw_base64url_encode((const uint8_t *)payload, strlen(payload), encoded);
    json_t *jwk = jose_openssl_jwk_from_EVP_PKEY(NULL, key);
    json_t *jws = json_pack("{s:s}", "payload", encoded);
    json_t *how = json_pack("{s:s}", "protected", encoded_header);
    if (algorithm != NULL) {
        ck_assert_int_eq(json_object_set_new(jwk, "alg", json_string(algorithm)), 0);
    }
    ck_assert(jose_jws_sig(NULL, jws, how, jwk));
    ck_assert_int_gt(asprintf(&text, "%s.%s.%s", encoded_header, encoded,
                              json_string_value(json_object_get(jws, "signature"))),
                     0);
    json_decref(how);
    json_decref(jws);
    json_decref(jwk);
    return text;
}

START_TEST(only_the_root_is_believed) {
    char *good = sealed(HEADER, THREE, root.key, NULL);
    char *forged = sealed(HEADER, THREE, other.key, NULL);
    ck_assert_int_eq(opened(good), TW_E_NONE);
    ck_assert_int_eq(opened(forged), TW_E_CRYPTO);
    free(good);
    free(forged);
}
END_TEST

/* All signed by the right key: the header alone is what is wrong. */
static const char *const headers[] = {
    "{\"alg\":\"ES256\"}",
    "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
    "{\"typ\":\"tellerwire-directory\",\"alg\":\"ES256\"}",
    "{\"alg\":\"ES256\",\"typ\":\"tellerwire-directory\",\"crit\":[\"exp\"]}",
    "{\"alg\":\"ES256\",\"typ\":\"tellerwire-directory\",\"kid\":\"1\"}",
    "{\"alg\":\"ES256\", \"typ\":\"tellerwire-directory\"}",
};

START_TEST(another_header_is_refused) {
    char *jws = sealed(headers[_i], THREE, root.key, NULL);
    ck_assert_int_eq(opened(jws), TW_E_CRYPTO);
    free(jws);
}
END_TEST

START_TEST(algorithm_none_is_refused) {
    static const char none[] = "{\"alg\":\"none\",\"typ\":\"tellerwire-directory\"}";
    char header[128];
    char payload[4096];
    char *jws = NULL;
    tw_base64url_encode((const uint8_t *)none, strlen(none), header);
    tw_base64url_encode((const uint8_t *)THREE, strlen(THREE), payload);
    ck_assert_int_gt(asprintf(&jws, "%s.%s.", header, payload), 0);
    ck_assert_int_eq(opened(jws), TW_E_CRYPTO);
    free(jws);
    tw_base64url_encode((const uint8_t *)HEADER, strlen(HEADER), header);
    ck_assert_int_gt(asprintf(&jws, "%s.%s.", header, payload), 0);
    ck_assert_int_eq(opened(jws), TW_E_CRYPTO);
    free(jws);
}
END_TEST

/* No character of it may change, none may be added, none may be missing. */
START_TEST(any_change_is_noticed) {
    char *jws = signed_directory(BANKS(ALDER));
    size_t length = strlen(jws);
    for (size_t i = 0; i < length; i++) {
        char kept = jws[i];
        jws[i] = kept == 'A' ? 'B' : 'A';
        ck_assert_msg(opened(jws) == TW_E_CRYPTO, "character %zu", i);
        jws[i] = kept;
    }
    char *longer = NULL;
    ck_assert_int_gt(asprintf(&longer, "%s=", jws), 0);
    ck_assert_int_eq(opened(longer), TW_E_CRYPTO);
    longer[length] = '.';
    ck_assert_int_eq(opened(longer), TW_E_CRYPTO);
    longer[length - 1] = '\0';
    ck_assert_int_eq(opened(longer), TW_E_CRYPTO);
    ck_assert_int_eq(opened(""), TW_E_CRYPTO);
    ck_assert_int_eq(opened(".."), TW_E_CRYPTO);
    ck_assert_int_eq(opened(jws), TW_E_NONE);
    free(longer);
    free(jws);
}
END_TEST

/* The root signed it, and still it must be a directory. */
START_TEST(signed_nonsense_is_refused) {
    char *jws = sealed(HEADER, "{\"serial\":1}", root.key, NULL);
    ck_assert_int_eq(opened(jws), TW_E_INVALID_PARAMS);
    free(jws);
    jws = sealed(HEADER, "not JSON", root.key, NULL);
    ck_assert_int_eq(opened(jws), TW_E_PARSE);
    free(jws);
}
END_TEST

START_TEST(root_on_another_curve_is_refused) {
    const struct test_wish wish = {.authority = true, .curve = "P-384"};
    struct test_certificate wide = test_certificate_make(&wish, NULL);
    char *jws = signed_directory(THREE);
    test_certificate_write(&wide, root_file);
    ck_assert_int_eq(opened(jws), TW_E_CONFIG);
    (void)unlink(root_file);
    ck_assert_int_eq(opened(jws), TW_E_CONFIG);
    test_certificate_free(&wide);
    free(jws);
}
END_TEST

START_TEST(bad_directory_is_not_signed) {
    char *jws = NULL;
    struct tw_status status = ib_directory_sign("{}", 2, key_file, &jws, NULL);
    ck_assert_int_eq(status.code, TW_E_INVALID_PARAMS);
    test_key_write(&root, key_file, 0640);
    status = ib_directory_sign(THREE, strlen(THREE), key_file, &jws, NULL);
    ck_assert_int_eq(status.code, TW_E_CONFIG);
    ck_assert_ptr_null(jws);
}
END_TEST

START_TEST(memory_that_runs_out_is_reported) {
    char *jws = signed_directory(THREE);
    struct tw_status status = {TW_E_NO_MEMORY};
    for (size_t allowed = 0; !tw_ok(status); allowed++) {
        struct ib_directory *directory = NULL;
        ck_assert_uint_lt(allowed, 1000);
        scarce_begin(allowed);
        status = ib_directory_open(jws, root_file, &directory, NULL);
        ck_assert_uint_eq(scarce_end(), 0);
        ck_assert(tw_ok(status) == (directory != NULL));
        ib_directory_free(directory);
    }
    free(jws);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = signed_directory_is_read},
        {.test = longest_prefix_finds_the_issuer, .rows = COUNT_OF(cards)},
        {.test = good_payload_is_accepted, .rows = COUNT_OF(accepted)},
        {.test = other_payload_is_refused, .rows = COUNT_OF(refused)},
        {.test = lists_have_a_limit, .rows = COUNT_OF(crowds)},
        {.test = too_long_is_refused_before_it_is_read},
        {.test = what_would_not_fit_a_message_is_not_signed},
        {.test = only_the_root_is_believed},
        {.test = another_header_is_refused, .rows = COUNT_OF(headers)},
        {.test = algorithm_none_is_refused},
        {.test = any_change_is_noticed},
        {.test = signed_nonsense_is_refused},
        {.test = root_on_another_curve_is_refused},
        {.test = bad_directory_is_not_signed},
        {.test = memory_that_runs_out_is_reported},
    };
    return test_main_with("directory", tests, COUNT_OF(tests), setup, teardown);
}
