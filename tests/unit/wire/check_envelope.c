/* wire/envelope: JSON-RPC 2.0 as this network speaks it, both directions. */
#include <string.h>

#include "support/scarce.h"
#include "support/suite.h"
#include "wire/envelope.h"

static json_t *json_of(const char *text) {
    json_t *json = NULL;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_json_parse(text, strlen(text), TW_JSON_LIMITS_DEFAULT, &json, &error)),
                  "%s: %s", text, error.detail);
    return json;
}

/* What a writer wrote, which is emptied. */
static void assert_text(bool made, struct tw_buffer *out, const char *expected) {
    ck_assert(made);
    ck_assert(tw_buffer_append(out, "", 1));
    ck_assert_str_eq(tw_buffer_head(out), expected);
    json_decref(json_of(expected)); /* Jansson reads it, or the test fails */
    tw_buffer_free(out);
}

static struct tw_text text_of(const char *text) {
    return (struct tw_text){text, strlen(text)};
}

static const struct {
    const char *text;
    const char *method;
    bool answered;
} requests[] = {
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"network.echo\",\"params\":{\"stan\":1}}",
     "network.echo", true},
    {"{\"params\":{},\"method\":\"m\",\"id\":\"abc\",\"jsonrpc\":\"2.0\"}", "m", true},
    {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"m\"}", "m", true},
    {"{\"jsonrpc\":\"2.0\",\"id\":-5,\"method\":\"m\",\"params\":[]}", "m", true},
    {"{\"jsonrpc\":\"2.0\",\"id\":\"\",\"method\":\"m\"}", "m", true},
    {"{\"jsonrpc\":\"2.0\",\"method\":\"m\"}", "m", false},
};

START_TEST(requests_are_read_in_any_member_order) {
    TW_JSON_OWNED json_t *document = json_of(requests[_i].text);
    struct tw_envelope envelope;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_envelope_read(document, &envelope, &error)), "%s", error.detail);
    ck_assert_str_eq(envelope.method, requests[_i].method);
    ck_assert_int_eq(envelope.id != NULL, requests[_i].answered);
    ck_assert(json_is_object(envelope.params));
}
END_TEST

#define V2  "\"jsonrpc\":\"2.0\""
#define X16 "xxxxxxxxxxxxxxxx"

static const struct {
    const char *text;
    enum tw_code code;
    bool has_id;
} refused[] = {
    {"1", TW_E_INVALID_REQUEST, false},
    {"null", TW_E_INVALID_REQUEST, false},
    {"[]", TW_E_INVALID_REQUEST, false},
    {"{}", TW_E_INVALID_REQUEST, false},
    {"{\"id\":1,\"method\":\"m\"}", TW_E_INVALID_REQUEST, true},
    {"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"m\"}", TW_E_INVALID_REQUEST, true},
    {"{\"jsonrpc\":2.0,\"id\":1,\"method\":\"m\"}", TW_E_INVALID_REQUEST, true},
    {"{\"jsonrpc\":\"2.0 \",\"id\":1,\"method\":\"m\"}", TW_E_INVALID_REQUEST, true},
    {"{" V2 ",\"id\":1}", TW_E_INVALID_REQUEST, true},
    {"{" V2 ",\"id\":1,\"method\":1}", TW_E_INVALID_REQUEST, true},
    {"{" V2 ",\"id\":1,\"method\":\"\"}", TW_E_INVALID_REQUEST, true},
    {"{" V2 ",\"id\":1,\"method\":null}", TW_E_INVALID_REQUEST, true},
    {"{" V2 ",\"id\":1,\"method\":\"" X16 X16 X16 X16 "x\"}", TW_E_UNKNOWN_METHOD, true},
    {"{" V2 ",\"id\":1.5,\"method\":\"m\"}", TW_E_INVALID_REQUEST, false},
    {"{" V2 ",\"id\":1.0,\"method\":\"m\"}", TW_E_INVALID_REQUEST, false},
    {"{" V2 ",\"id\":true,\"method\":\"m\"}", TW_E_INVALID_REQUEST, false},
    {"{" V2 ",\"id\":{},\"method\":\"m\"}", TW_E_INVALID_REQUEST, false},
    {"{" V2 ",\"id\":[1],\"method\":\"m\"}", TW_E_INVALID_REQUEST, false},
    {"{" V2 ",\"id\":\"" X16 X16 X16 X16 X16 X16 X16 X16 "x\",\"method\":\"m\"}",
     TW_E_INVALID_REQUEST, false},
    {"{" V2 ",\"id\":1,\"method\":\"m\",\"extra\":1}", TW_E_INVALID_REQUEST, true},
    {"{" V2 ",\"id\":1,\"method\":\"m\",\"result\":{}}", TW_E_INVALID_REQUEST, true},
    {"{" V2 ",\"id\":1,\"method\":\"m\",\"params\":[1]}", TW_E_INVALID_PARAMS, true},
    {"{" V2 ",\"id\":1,\"method\":\"m\",\"params\":null}", TW_E_INVALID_PARAMS, true},
    {"{" V2 ",\"id\":1,\"method\":\"m\",\"params\":\"x\"}", TW_E_INVALID_PARAMS, true},
};

START_TEST(other_documents_are_refused_under_their_id) {
    TW_JSON_OWNED json_t *document = json_of(refused[_i].text);
    struct tw_envelope envelope;
    struct tw_error error = {0};
    const struct tw_status status = tw_envelope_read(document, &envelope, &error);
    ck_assert_msg(status.code == refused[_i].code, "%s: %s", refused[_i].text,
                  tw_code_name(status.code));
    ck_assert_int_eq(envelope.id != NULL, refused[_i].has_id);
}
END_TEST

START_TEST(longest_method_and_id_are_accepted) {
    TW_JSON_OWNED json_t *document = json_of("{" V2 ",\"id\":\"" X16 X16 X16 X16 X16 X16 X16 X16
                                             "\",\"method\":\"" X16 X16 X16 X16 "\"}");
    struct tw_envelope envelope;
    ck_assert(tw_ok(tw_envelope_read(document, &envelope, NULL)));
    ck_assert_uint_eq(strlen(envelope.method), TW_METHOD_NAME_MAX);
}
END_TEST

START_TEST(result_is_answered_under_the_id) {
    TW_JSON_OWNED json_t *id = json_string("a\"b");
    struct tw_buffer out = {0};
    assert_text(tw_envelope_write_answer(&out, id, false, text_of("{\"rc\":\"00\"}")), &out,
                "{\"jsonrpc\":\"2.0\",\"id\":\"a\\\"b\",\"result\":{\"rc\":\"00\"}}");
    assert_text(tw_envelope_write_answer(&out, NULL, true, text_of("{}")), &out,
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}");
}
END_TEST

START_TEST(error_carries_number_rc_reason_and_trace) {
    TW_JSON_OWNED json_t *id = json_integer(7);
    struct tw_error error;
    (void)tw_fail(&error, TW_E_INVALID_PARAMS, "amount: not an integer");
    struct tw_buffer out = {0};
    assert_text(tw_envelope_write_error(&out, id, &error, "4bf92f3577b34da6a3ce929d0e0e4736"), &out,
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32602,\"message\":\"invalid "
                "parameters\",\"data\":{\"rc\":\"30\",\"reason\":\"amount: not an integer\","
                "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"}}}");
    error.detail[0] = '\0';
    assert_text(tw_envelope_write_error(&out, NULL, &error, NULL), &out,
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32602,\"message\":\"invalid "
                "parameters\",\"data\":{\"rc\":\"30\"}}}");
}
END_TEST

START_TEST(internal_reasons_stay_inside) {
    static const enum tw_code codes[] = {TW_E_INTERNAL, TW_E_DATABASE, TW_E_IO, TW_E_CONFLICT};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct tw_error error;
        (void)tw_fail(&error, codes[i], "relation \"card\" does not exist");
        struct tw_buffer out = {0};
        assert_text(tw_envelope_write_error(&out, NULL, &error, "abc"), &out,
                    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,\"message\":"
                    "\"internal error\",\"data\":{\"rc\":\"96\",\"trace_id\":\"abc\"}}}");
    }
}
END_TEST

/* Reads a request that was written, and empties out. */
static void assert_request(struct tw_buffer *out, const char *params_text) {
    TW_JSON_OWNED json_t *document = NULL;
    TW_JSON_OWNED json_t *params = json_of(params_text);
    struct tw_envelope envelope;
    ck_assert(tw_ok(tw_json_parse(tw_buffer_head(out), tw_buffer_length(out),
                                  TW_JSON_LIMITS_DEFAULT, &document, NULL)));
    ck_assert(tw_ok(tw_envelope_read(document, &envelope, NULL)));
    ck_assert_int_eq(json_integer_value(envelope.id), 12);
    ck_assert_str_eq(envelope.method, "network.\"echo");
    ck_assert(json_equal(envelope.params, params));
    tw_buffer_free(out);
}

START_TEST(request_is_what_the_reader_accepts) {
    const char *method = "network.\"echo";
    struct tw_buffer out = {0};
    ck_assert(tw_envelope_write_request(&out, 12, method, 950, text_of("{\"stan\":1}")));
    assert_request(&out, "{\"deadline_ms\":950,\"stan\":1}");
    ck_assert(tw_envelope_write_request(&out, 12, method, 950, text_of("{}")));
    assert_request(&out, "{\"deadline_ms\":950}");
    ck_assert(tw_envelope_write_echo(&out, 12, method));
    assert_request(&out, "{}");
}
END_TEST

START_TEST(answers_are_told_apart) {
    TW_JSON_OWNED json_t *good = json_of("{\"result\":{\"rc\":\"00\"},\"id\":3," V2 "}");
    TW_JSON_OWNED json_t *bad =
        json_of("{" V2 ",\"id\":4,\"error\":{\"code\":-32003,\"message\":\"busy\"}}");
    TW_JSON_OWNED json_t *nothing = json_of("{" V2 ",\"id\":5,\"result\":null}");
    int64_t id;
    json_t *result;
    json_t *rpc_error;
    ck_assert(tw_ok(tw_envelope_answer(good, &id, &result, &rpc_error, NULL)));
    ck_assert(id == 3 && result && !rpc_error);
    ck_assert(tw_ok(tw_envelope_answer(bad, &id, &result, &rpc_error, NULL)));
    ck_assert(id == 4 && !result && rpc_error);
    ck_assert(tw_ok(tw_envelope_answer(nothing, &id, &result, &rpc_error, NULL)));
    ck_assert(id == 5 && json_is_null(result) && !rpc_error);
}
END_TEST

static const char *const no_answers[] = {
    "[]",
    "{}",
    "{\"id\":1,\"result\":{}}",
    "{" V2 ",\"id\":1}",
    "{" V2 ",\"result\":{}}",
    "{" V2 ",\"id\":null,\"result\":{}}",
    "{" V2 ",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"x\"}}",
    "{" V2 ",\"id\":\"1\",\"result\":{}}",
    "{" V2 ",\"id\":1.0,\"result\":{}}",
    "{" V2 ",\"id\":1,\"result\":{},\"error\":null}",
    "{" V2 ",\"id\":1,\"result\":{},\"error\":{\"code\":1,\"message\":\"x\"}}",
    "{" V2 ",\"id\":1,\"result\":{},\"extra\":1}",
    "{" V2 ",\"id\":1,\"error\":null}",
    "{" V2 ",\"id\":1,\"error\":{}}",
    "{" V2 ",\"id\":1,\"error\":{\"code\":\"1\",\"message\":\"x\"}}",
    "{" V2 ",\"id\":1,\"error\":{\"code\":1}}",
};

START_TEST(anything_else_is_a_broken_peer) {
    TW_JSON_OWNED json_t *document = json_of(no_answers[_i]);
    int64_t id;
    json_t *result;
    json_t *rpc_error;
    const struct tw_status status = tw_envelope_answer(document, &id, &result, &rpc_error, NULL);
    ck_assert_msg(status.code == TW_E_PEER, "%s", no_answers[_i]);
}
END_TEST

START_TEST(reader_without_memory_says_so) {
    TW_JSON_OWNED json_t *document = json_of("{" V2 ",\"id\":1,\"method\":\"m\"}");
    struct tw_envelope envelope;
    scarce_begin(0);
    const struct tw_status status = tw_envelope_read(document, &envelope, NULL);
    (void)scarce_end();
    ck_assert_int_eq(status.code, TW_E_NO_MEMORY);
    ck_assert_ptr_nonnull(envelope.id);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = requests_are_read_in_any_member_order, .rows = COUNT_OF(requests)},
        {.test = other_documents_are_refused_under_their_id, .rows = COUNT_OF(refused)},
        {.test = longest_method_and_id_are_accepted},
        {.test = result_is_answered_under_the_id},
        {.test = error_carries_number_rc_reason_and_trace},
        {.test = internal_reasons_stay_inside},
        {.test = request_is_what_the_reader_accepts},
        {.test = answers_are_told_apart},
        {.test = anything_else_is_a_broken_peer, .rows = COUNT_OF(no_answers)},
        {.test = reader_without_memory_says_so},
    };
    return test_main("envelope", tests, COUNT_OF(tests));
}
