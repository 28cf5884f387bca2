/* wire/relay: what is passed on as text means what the parsed tree means. */
#include <stdlib.h>
#include <string.h>

#include "support/scarce.h"
#include "support/suite.h"
#include "wire/relay.h"

static const char *const ours[] = {"acquirer", "deadline_ms", NULL};

static json_t *json_of(struct tw_text text) {
    json_t *json = NULL;
    struct tw_error error = {0};
    ck_assert_msg(
        tw_ok(tw_json_parse(text.bytes, text.length, TW_JSON_LIMITS_DEFAULT, &json, &error)),
        "%.*s: %s", (int)text.length, text.bytes, error.detail);
    return json;
}

static struct tw_text text_of(const char *text) {
    return (struct tw_text){text, strlen(text)};
}

/* {"first":0 + members + }, parsed; empties out. */
static json_t *whole(struct tw_buffer *out) {
    struct tw_buffer text = {0};
    ck_assert(tw_buffer_append(&text, "{\"first\":0", 10) &&
              tw_buffer_append(&text, tw_buffer_head(out), tw_buffer_length(out)) &&
              tw_buffer_append(&text, "}", 1));
    json_t *json = json_of((struct tw_text){tw_buffer_head(&text), tw_buffer_length(&text)});
    tw_buffer_free(&text);
    tw_buffer_free(out);
    return json;
}

static const struct {
    const char *line;
    bool as_text; /* or else by the tree */
} requests[] = {
    {"{\"params\":{}}", true},
    {"{\"params\":{ }}", true},
    {" {\"params\" : { \"a\" : 1 , \"b\":[ ] } } ", true},
    {"{\"id\":1,\"params\":{\"stan\":1,\"txid\":\"x\"},\"method\":\"m\"}", true},
    {"{\"params\":{\"deadline_ms\":5}}", true},
    {"{\"params\":{\"deadline_ms\":5,\"a\":1}}", true},
    {"{\"params\":{\"a\":1,\"deadline_ms\":5}}", true},
    {"{\"params\":{\"a\":1,\"acquirer\":\"x\",\"deadline_ms\" : 5 ,\"b\":2}}", true},
    {"{\"params\":{\"acquirer\":{\"a\":[1,{\"acquirer\":2}]},\"b\":{\"acquirer\":1}}}", true},
    {"{\"params\":{\"a\":\"}\",\"b\":\"\\\"deadline_ms\\\":\",\"c\":\"\\\\\",\"d\":\"\\\\\\\"\"}}",
     true},
    {"{\"params\":{\"a\":[[],{},[{\"}\":\"]\"}]],\"acquirer\":null,\"\":-1.5e3}}", true},
    {"{\"params\":{\"deadline_m\":1,\"deadline_msx\":2,\"Acquirer\":3}}", true},
    {"{\"params\":{\"a\":\"\xC3\xA4\xF0\x9F\x8F\xA6\",\"\xC3\xA4\":true}}", true},
    {"{\"params\":{\"\\u0061cquirer\":1,\"b\":2}}", false},
    {"{\"params\":{\"a\":1,\"deadline\\u005fms\":7}}", false},
    {"{\"params\":{\"a\\\"\":1,\"acquirer\":2}}", false},
    {"{\"p\\u0061rams\":{\"acquirer\":2,\"c\":3}}", false},
    {"{\"id\":\"params\",\"method\":\"\\\"params\\\":{\\\"a\\\":1}\",\"params\":{\"b\":2}}", true},
    {"{\"id\":{\"params\":{\"x\":1}},\"params\":{\"b\":2}}", true},
};

START_TEST(text_and_tree_mean_the_same) {
    const struct tw_text line = text_of(requests[_i].line);
    TW_JSON_OWNED json_t *document = json_of(line);
    json_t *params = json_object_get(document, "params");
    struct tw_buffer by_text = {0};
    struct tw_buffer by_tree = {0};
    ck_assert_int_eq(tw_relay_params(line, ours, &by_text), requests[_i].as_text);
    TW_JSON_OWNED json_t *expected = json_pack("{s:i}", "first", 0);
    ck_assert_int_eq(json_object_update(expected, params), 0);
    (void)json_object_del(expected, "acquirer");
    (void)json_object_del(expected, "deadline_ms");
    ck_assert(tw_relay_tree(params, ours, &by_tree));
    TW_JSON_OWNED json_t *from_tree = whole(&by_tree);
    ck_assert(json_equal(from_tree, expected));
    if (requests[_i].as_text) {
        TW_JSON_OWNED json_t *from_text = whole(&by_text);
        ck_assert(json_equal(from_text, expected));
    }
    ck_assert_uint_eq(tw_buffer_length(&by_text), 0);
    tw_buffer_free(&by_text);
}
END_TEST

static const char *const without_params[] = {
    "{}", "[]", "[{\"params\":{}}]", "{\"params\":[]}", "{\"id\":1}", "", "{\"params\":{\"a\":1",
};

START_TEST(lines_without_params_leave_the_buffer_alone) {
    struct tw_buffer out = {0};
    ck_assert(tw_buffer_append(&out, "before", 6));
    ck_assert(!tw_relay_params(text_of(without_params[_i]), ours, &out));
    ck_assert_uint_eq(tw_buffer_length(&out), 6);
    ck_assert(!tw_relay_params((struct tw_text){0}, ours, &out));
    tw_buffer_free(&out);
}
END_TEST

START_TEST(tree_without_memory_is_not_relayed) {
    const struct tw_text line = text_of("{\"params\":{\"a\":1}}");
    TW_JSON_OWNED json_t *document = json_of(line);
    struct tw_buffer out = {0};
    scarce_begin(0);
    ck_assert(!tw_relay_tree(json_object_get(document, "params"), ours, &out));
    ck_assert_uint_eq(scarce_end(), 0);
    tw_buffer_free(&out);
}
END_TEST

/* --- answers -------------------------------------------------------------------------------- */

#define V2 "\"jsonrpc\":\"2.0\""

static const struct {
    const char *line;
    int64_t id;
    const char *result;
} answers[] = {
    {"{" V2 ",\"id\":17,\"result\":{\"rc\":\"00\"}}", 17, "{\"rc\":\"00\"}"},
    {"{\"result\":{},\"id\":0," V2 "}", 0, "{}"},
    {" { \"id\" : 999999999999999999 , " V2 " , \"result\" : { \"a\" : [ ] } } ",
     999999999999999999, "{ \"a\" : [ ] }"},
    {"{" V2 ",\"id\":1,\"result\":{\"a\":\"}\\\"]\\\\\",\"b\":[{\"c\":[]}]}}", 1,
     "{\"a\":\"}\\\"]\\\\\",\"b\":[{\"c\":[]}]}"},
};

START_TEST(plain_answers_are_found) {
    struct tw_text result = {0};
    int64_t id = -1;
    ck_assert(tw_relay_answer(text_of(answers[_i].line), TW_JSON_LIMITS_DEFAULT, &id, &result));
    ck_assert_int_eq(id, answers[_i].id);
    ck_assert_uint_eq(result.length, strlen(answers[_i].result));
    ck_assert_mem_eq(result.bytes, answers[_i].result, result.length);
}
END_TEST

static const char *const left_to_the_parser[] = {
    "",
    "{",
    "{}",
    "[]",
    "{" V2 ",\"id\":1,\"result\":{}",
    "{" V2 ",\"id\":1,\"result\":{}}x",
    "{" V2 ",\"id\":1,\"result\":{}}{}",
    "{" V2 ",\"id\":1,\"result\":{}},",
    "{" V2 ",\"id\":1,\"result\":{},}",
    "{" V2 ",,\"id\":1,\"result\":{}}",
    "{" V2 " \"id\":1,\"result\":{}}",
    "{" V2 ",\"id\" 1,\"result\":{}}",
    "{" V2 ",id:1,\"result\":{}}",
    "{" V2 ",\"id\":1,\"result\":{\"a\":[}]}",
    "{" V2 ",\"id\":1,\"result\":{\"a\":\"}}",
    "{" V2 ",\"id\":1,\"result\":{]}",
    "{" V2 ",\"id\":1,\"result\":{\"a\":\"\t\"}}",
    "{" V2 ",\"id\":1,\"result\":{\"a\":\"\xC3\xA4\"}}",
    "{" V2 ",\"id\":1,\"result\":{\"a\":\"\xFF\"}}",
    "{" V2 ",\"id\":1,\"result\":[]}",
    "{" V2 ",\"id\":1,\"result\":null}",
    "{" V2 ",\"id\":1,\"error\":{\"code\":1,\"message\":\"x\"}}",
    "{" V2 ",\"id\":1,\"result\":{},\"error\":{}}",
    "{" V2 ",\"id\":1,\"result\":{},\"result\":{}}",
    "{" V2 ",\"id\":1,\"id\":2,\"result\":{}}",
    "{" V2 "," V2 ",\"id\":1,\"result\":{}}",
    "{" V2 ",\"id\":1,\"result\":{},\"extra\":1}",
    "{" V2 ",\"id\":1,\"r\\u0065sult\":{}}",
    "{" V2 ",\"id\":01,\"result\":{}}",
    "{" V2 ",\"id\":-1,\"result\":{}}",
    "{" V2 ",\"id\":1.0,\"result\":{}}",
    "{" V2 ",\"id\":\"1\",\"result\":{}}",
    "{" V2 ",\"id\":,\"result\":{}}",
    "{" V2 ",\"id\":1000000000000000000,\"result\":{}}",
    "{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":{}}",
    "{\"id\":1,\"result\":{}}",
    "{" V2 ",\"id\":1}",
    "{" V2 ",\"result\":{}}",
    "{" V2 ",\"id\":1,\"result\":{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}}",
};

START_TEST(everything_else_is_left_to_the_parser) {
    struct tw_text result;
    int64_t id;
    const char *line = left_to_the_parser[_i];
    /* A copy without a NUL behind it, so that a sanitizer sees any reading beyond the end. */
    const size_t length = strlen(line);
    char *copy = malloc(length > 0 ? length : 1);
    ck_assert_ptr_nonnull(copy);
    for (size_t i = 0; i < length; i++) {
        copy[i] = line[i];
    }
    ck_assert_msg(
        !tw_relay_answer((struct tw_text){copy, length}, TW_JSON_LIMITS_DEFAULT, &id, &result),
        "%s", line);
    free(copy);
}
END_TEST

START_TEST(limits_are_the_parsers) {
    const struct tw_text line = text_of("{" V2 ",\"id\":1,\"result\":{\"a\":[1,2]}}");
    const struct tw_json_limits exact = {.bytes = line.length, .depth = 3, .values = 7};
    struct tw_text result;
    int64_t id;
    ck_assert(tw_relay_answer(line, exact, &id, &result));
    for (int limit = 0; limit < 3; limit++) {
        struct tw_json_limits less = exact;
        less.bytes -= limit == 0;
        less.depth -= limit == 1;
        less.values -= limit == 2;
        ck_assert(!tw_relay_answer(line, less, &id, &result));
    }
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = text_and_tree_mean_the_same, .rows = COUNT_OF(requests)},
        {.test = lines_without_params_leave_the_buffer_alone, .rows = COUNT_OF(without_params)},
        {.test = tree_without_memory_is_not_relayed},
        {.test = plain_answers_are_found, .rows = COUNT_OF(answers)},
        {.test = everything_else_is_left_to_the_parser, .rows = COUNT_OF(left_to_the_parser)},
        {.test = limits_are_the_parsers},
    };
    return test_main("relay", tests, COUNT_OF(tests));
}
