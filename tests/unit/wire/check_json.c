/* wire/json: what a stranger may send, what is refused, and what memory shortage does. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "support/scarce.h"
#include "support/suite.h"
#include "wire/json.h"

static struct tw_status parse(const char *bytes, size_t length, json_t **ret_json,
                              struct tw_error *ret_error) {
    /* A copy without a NUL behind it, so that a sanitizer sees any reading beyond the end. */
    char *copy = malloc(length > 0 ? length : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, length);
    const struct tw_status status =
        tw_json_parse(copy, length, TW_JSON_LIMITS_DEFAULT, ret_json, ret_error);
    free(copy);
    return status;
}

static const char *const valid[] = {
    "{}",
    "[]",
    "null",
    "true",
    "0",
    "-1",
    "\"\"",
    " {\"a\" : [1, 2.5, -3e2, false, null]}\t",
    "{\"a\":{\"a\":{\"a\":1}}}",
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "\"\\u00e4 \\ud83c\\udfe6 \\\\ \\\" \\/\"",
    "\"\xF0\x9F\x8F\xA6\"",
    "\"[[[[[[[[[[[[[[[[[[[[{{{{,,,,\"",
    "{\"a\\\"\":1,\"a\":2}",
    "{\"\":1}",
};

START_TEST(valid_json_is_read) {
    TW_JSON_OWNED json_t *json = NULL;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(parse(valid[_i], strlen(valid[_i]), &json, &error)), "%s: %s", valid[_i],
                  error.detail);
    ck_assert_ptr_nonnull(json);
}
END_TEST

struct bytes {
    const char *bytes;
    size_t length;
};
#define BYTES(text)                                                                                \
    { text, sizeof(text) - 1 }

static const struct bytes invalid[] = {
    BYTES(""),
    BYTES(" "),
    BYTES("\xEF\xBB\xBF{}"), /* byte order mark */
    BYTES("{"),
    BYTES("}"),
    BYTES("[1,]"),
    BYTES("{\"a\":1,}"),
    BYTES("{\"a\"}"),
    BYTES("{a:1}"),
    BYTES("{'a':1}"),
    BYTES("{}{}"),
    BYTES("{} x"),
    BYTES("{}\0"),
    BYTES("{\"a\":\"\0\"}"),
    BYTES("\"\\\0\""),
    BYTES("\"\\u0000\""),
    BYTES("{\"\\u0000\":1}"),
    BYTES("\"\xFF\""),
    BYTES("\"\xC0\x80\""),
    BYTES("\"\xED\xA0\x80\""),
    BYTES("\"\xC3\""),
    BYTES("\"\\ud800\""),
    BYTES("\"\\udc00\""),
    BYTES("\"\\ud800\\u0041\""),
    BYTES("\"\\ud83c\\ud83c\""),
    BYTES("\"\\x41\""),
    BYTES("\"\\"),
    BYTES("\"a"),
    BYTES("\"a\nb\""),
    BYTES("\"\t\""),
    BYTES("{\"a\":1,\"a\":1}"),
    BYTES("{\"a\":1,\"\\u0061\":1}"),
    BYTES("{\"amount\":1,\"am\\u006Funt\":2}"),
    BYTES("[{\"a\":1,\"b\":2,\"a\":3}]"),
    BYTES("9223372036854775808"),
    BYTES("-9223372036854775809"),
    BYTES("1e400"),
    BYTES("01"),
    BYTES("+1"),
    BYTES(".5"),
    BYTES("1."),
    BYTES("0x10"),
    BYTES("NaN"),
    BYTES("Infinity"),
    BYTES("-"),
    BYTES("True"),
    BYTES("nul"),
    BYTES("// comment\n{}"),
    BYTES("[1 2]"),
    BYTES("]["),
};

START_TEST(everything_else_is_refused_as_parse_error) {
    TW_JSON_OWNED json_t *json = NULL;
    struct tw_error error = {0};
    const struct tw_status status = parse(invalid[_i].bytes, invalid[_i].length, &json, &error);
    ck_assert_msg(status.code == TW_E_PARSE, "row %d: %s", _i, invalid[_i].bytes);
    ck_assert_ptr_null(json);
    ck_assert_uint_gt(strlen(error.detail), 0);
}
END_TEST

START_TEST(refusal_says_where_and_quotes_nothing) {
    static const char secret[] = "{\"pan\":hunter2}";
    TW_JSON_OWNED json_t *json = NULL;
    struct tw_error error = {0};
    ck_assert(!tw_ok(parse(secret, sizeof secret - 1, &json, &error)));
    ck_assert_ptr_null(strstr(error.detail, "hunter2"));
    ck_assert_ptr_nonnull(strstr(error.detail, "at byte "));
}
END_TEST

/* count times text, then rest; the caller frees. */
static char *repeated(const char *text, size_t count, const char *rest) {
    const size_t length = strlen(text);
    char *all = malloc(count * length + strlen(rest) + 1);
    ck_assert_ptr_nonnull(all);
    for (size_t i = 0; i < count * length; i++) {
        all[i] = text[i % length];
    }
    memcpy(all + count * length, rest, strlen(rest) + 1);
    return all;
}

static enum tw_code code_of(const char *text, struct tw_json_limits limits) {
    TW_JSON_OWNED json_t *json = NULL;
    return tw_json_parse(text, strlen(text), limits, &json, NULL).code;
}

START_TEST(length_limit_is_exact) {
    const struct tw_json_limits limits = {.bytes = 10, .depth = 4, .values = 10};
    ck_assert_int_eq(code_of("\"12345678\"", limits), TW_E_NONE);
    ck_assert_int_eq(code_of("\"123456789\"", limits), TW_E_TOO_LARGE);
}
END_TEST

START_TEST(depth_limit_is_exact) {
    const struct tw_json_limits limits = {.bytes = 1000, .depth = 3, .values = 100};
    ck_assert_int_eq(code_of("[[{\"a\":1}]]", limits), TW_E_NONE);
    ck_assert_int_eq(code_of("[[{\"a\":[]}]]", limits), TW_E_TOO_LARGE);
    ck_assert_int_eq(code_of("[[],[],[],[],[],[]]", limits), TW_E_NONE);
    ck_assert_int_eq(code_of("]]]][[[[", limits), TW_E_TOO_LARGE);
}
END_TEST

START_TEST(value_limit_counts_values_and_not_strings) {
    const struct tw_json_limits limits = {.bytes = 1000, .depth = 3, .values = 5};
    ck_assert_int_eq(code_of("[1,2,3]", limits), TW_E_NONE);
    ck_assert_int_eq(code_of("[1,2,3,4,5]", limits), TW_E_TOO_LARGE);
    ck_assert_int_eq(code_of("[\",,,,,,,,,,\",\"{{{{{{{[[[[[\"]", limits), TW_E_NONE);
    ck_assert_int_eq(code_of("[\"\\\",,,,,,,,,,\"]", limits), TW_E_NONE);
    ck_assert_int_eq(code_of("[\"\\\\\",1,2,3,4,5]", limits), TW_E_TOO_LARGE);
}
END_TEST

START_TEST(default_limits_stop_amplification_before_it_costs_memory) {
    char *deep = repeated("[", 60000, "");
    char *wide = repeated("{},", 20000, "");
    char *longest = repeated("x", 65537, "");
    ck_assert_int_eq(code_of(deep, TW_JSON_LIMITS_DEFAULT), TW_E_TOO_LARGE);
    ck_assert_int_eq(code_of(wide, TW_JSON_LIMITS_DEFAULT), TW_E_TOO_LARGE);
    ck_assert_int_eq(code_of(longest, TW_JSON_LIMITS_DEFAULT), TW_E_TOO_LARGE);
    free(deep);
    free(wide);
    free(longest);
}
END_TEST

START_TEST(reals_stay_reals) {
    TW_JSON_OWNED json_t *json = NULL;
    ck_assert(tw_ok(parse("[1e2,1.0,100]", 13, &json, NULL)));
    ck_assert(!json_is_integer(json_array_get(json, 0)));
    ck_assert(!json_is_integer(json_array_get(json, 1)));
    ck_assert(json_is_integer(json_array_get(json, 2)));
}
END_TEST

START_TEST(line_is_compact_and_ends_with_a_newline) {
    TW_JSON_OWNED json_t *json = json_pack("{sisssn}", "a", 1, "b", "x\ny\xC3\xA4", "c");
    char *line = NULL;
    size_t length = 0;
    ck_assert(tw_ok(tw_json_line(json, &line, &length, NULL)));
    static const char expected[] = "{\"a\":1,\"b\":\"x\\ny\xC3\xA4\",\"c\":null}\n";
    ck_assert_uint_eq(length, sizeof expected - 1);
    ck_assert_mem_eq(line, expected, length);
    free(line);
}
END_TEST

START_TEST(lines_around_the_first_guess_are_whole) {
    for (size_t size = 1000; size < 1050; size++) {
        char *text = repeated("x", size, "");
        TW_JSON_OWNED json_t *json = json_string(text);
        char *line = NULL;
        size_t length = 0;
        ck_assert(tw_ok(tw_json_line(json, &line, &length, NULL)));
        ck_assert_uint_eq(length, size + 3);
        ck_assert_int_eq(line[0], '"');
        ck_assert_mem_eq(line + 1, text, size);
        ck_assert_mem_eq(line + size + 1, "\"\n", 2);
        free(line);
        free(text);
    }
}
END_TEST

START_TEST(parser_without_memory_says_so_and_leaks_nothing) {
    static const char text[] = "{\"a\":[1,2.5,\"text\",{\"b\":null}],\"c\":{\"d\":\"\\u00e4\"}}";
    bool done = false;
    size_t allowed = 0;
    for (; !done; allowed++) {
        json_t *json = NULL;
        struct tw_error error = {0};
        scarce_begin(allowed);
        const struct tw_status status = parse(text, sizeof text - 1, &json, &error);
        const size_t left = tw_ok(status) ? (json_decref(json), scarce_end()) : scarce_end();
        done = tw_ok(status);
        /* Jansson takes a string that it could not allocate for one that is wrong. */
        ck_assert_msg(done || status.code == TW_E_NO_MEMORY || status.code == TW_E_PARSE,
                      "after %zu", allowed);
        ck_assert_uint_eq(left, 0);
    }
    ck_assert_uint_gt(allowed, 10);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = valid_json_is_read, .rows = COUNT_OF(valid)},
        {.test = everything_else_is_refused_as_parse_error, .rows = COUNT_OF(invalid)},
        {.test = refusal_says_where_and_quotes_nothing},
        {.test = length_limit_is_exact},
        {.test = depth_limit_is_exact},
        {.test = value_limit_counts_values_and_not_strings},
        {.test = default_limits_stop_amplification_before_it_costs_memory},
        {.test = reals_stay_reals},
        {.test = line_is_compact_and_ends_with_a_newline},
        {.test = lines_around_the_first_guess_are_whole},
        {.test = parser_without_memory_says_so_and_leaks_nothing},
    };
    return test_main("json", tests, COUNT_OF(tests));
}
