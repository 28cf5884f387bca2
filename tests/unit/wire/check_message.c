/*
 * wire/message: every example is accepted or refused as its name says, and every member of every
 * request is held to its presence and type, by walking the catalogue.
 */
#include <ctype.h>
#include <string.h>

#include "support/message.h"
#include "support/suite.h"
#include "wire/envelope.h"
#include "wire/method.h"

static union any_message message;

/* All that happens to a line before an operation sees it. */
static struct tw_status admit(const char *bytes, size_t length, struct tw_error *ret_error) {
    TW_JSON_OWNED json_t *document = NULL;
    struct tw_envelope envelope;
    struct tw_status status =
        tw_json_parse(bytes, length, TW_JSON_LIMITS_DEFAULT, &document, ret_error);
    if (tw_ok(status)) {
        status = tw_envelope_read(document, &envelope, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    enum tw_method_id id;
    if (!tw_method_find(envelope.method, &id)) {
        return tw_fail(ret_error, TW_E_UNKNOWN_METHOD, "no such method");
    }
    memset(&message, 0, sizeof message);
    status = tw_fields_read(envelope.params, tw_method(id)->request, &message, ret_error);
    if (tw_ok(status)) {
        tw_fields_clear(tw_method(id)->request, &message);
    }
    return status;
}

static void must_be_accepted(const struct example *example) {
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(admit(example->bytes, example->length, &error)), "%s: %s", example->name,
                  error.detail);
}

START_TEST(valid_examples_are_accepted) {
    ck_assert_uint_ge(examples_each("tests/messages/valid", must_be_accepted), TW_METHOD_COUNT);
}
END_TEST

/* "invalid_params-amount-zero" expects INVALID_PARAMS. */
static void must_be_refused_as_named(const struct example *example) {
    char expected[32] = "";
    for (size_t i = 0; i + 1 < sizeof expected && example->name[i] != '-'; i++) {
        expected[i] = (char)toupper((unsigned char)example->name[i]);
    }
    struct tw_error error = {0};
    const struct tw_status status = admit(example->bytes, example->length, &error);
    ck_assert_msg(strcmp(tw_code_name(status.code), expected) == 0, "%s: %s, %s", example->name,
                  tw_code_name(status.code), error.detail);
    ck_assert_uint_gt(strlen(error.detail), 0);
}

START_TEST(invalid_examples_are_refused_with_the_error_they_are_named_after) {
    ck_assert_uint_ge(examples_each("tests/messages/invalid", must_be_refused_as_named), 100);
}
END_TEST

/* "session.open-wrong-pin" is an answer to session.open. */
static void must_be_an_answer(const struct example *example) {
    char name[sizeof example->name];
    memcpy(name, example->name, sizeof name);
    name[strcspn(name, "-")] = '\0';
    enum tw_method_id id;
    ck_assert_msg(tw_method_find(name, &id), "%s", name);
    struct tw_error error = {0};
    TW_JSON_OWNED json_t *document = NULL;
    ck_assert(tw_ok(
        tw_json_parse(example->bytes, example->length, TW_JSON_LIMITS_DEFAULT, &document, &error)));
    int64_t request_id;
    json_t *result;
    json_t *rpc_error;
    ck_assert(tw_ok(tw_envelope_answer(document, &request_id, &result, &rpc_error, &error)));
    memset(&message, 0, sizeof message);
    ck_assert_msg(tw_ok(tw_fields_read(result, tw_method(id)->result, &message, &error)), "%s: %s",
                  example->name, error.detail);
    TW_JSON_OWNED json_t *written = tw_fields_write(tw_method(id)->result, &message);
    ck_assert_msg(json_equal(result, written), "%s is written differently", example->name);
    tw_fields_clear(tw_method(id)->result, &message);
}

START_TEST(answers_are_accepted_and_written_as_they_were_read) {
    ck_assert_uint_ge(examples_each("tests/messages/answers", must_be_an_answer), TW_METHOD_COUNT);
}
END_TEST

/* The params of the method's example; the caller drops them. */
static json_t *example_params(const struct tw_method *method) {
    char path[256];
    (void)snprintf(path, sizeof path, "tests/messages/valid/%s.json", method->name);
    TW_JSON_OWNED json_t *document = json_load_file(path, 0, NULL);
    ck_assert_msg(document != NULL, "%s", path);
    return json_incref(json_object_get(document, "params"));
}

static struct tw_status read_request(const json_t *params, const struct tw_method *method,
                                     struct tw_error *ret_error) {
    memset(&message, 0, sizeof message);
    const struct tw_status status = tw_fields_read(params, method->request, &message, ret_error);
    if (tw_ok(status)) {
        tw_fields_clear(method->request, &message);
    }
    return status;
}

START_TEST(requests_are_written_as_they_were_read) {
    const struct tw_method *method = tw_method((enum tw_method_id)_i);
    TW_JSON_OWNED json_t *params = example_params(method);
    memset(&message, 0, sizeof message);
    ck_assert(tw_ok(tw_fields_read(params, method->request, &message, NULL)));
    TW_JSON_OWNED json_t *written = tw_fields_write(method->request, &message);
    ck_assert_msg(json_equal(params, written), "%s", method->name);
    tw_fields_clear(method->request, &message);
}
END_TEST

START_TEST(each_member_may_be_absent_only_if_optional) {
    const struct tw_method *method = tw_method((enum tw_method_id)_i);
    TW_JSON_OWNED json_t *params = example_params(method);
    for (const struct tw_field *field = method->request; field->name; field++) {
        TW_JSON_OWNED json_t *without = json_deep_copy(params);
        (void)json_object_del(without, field->name);
        struct tw_error error = {0};
        const struct tw_status status = read_request(without, method, &error);
        ck_assert_msg(tw_ok(status) == field->optional, "%s.%s", method->name, field->name);
        ck_assert(field->optional || strstr(error.detail, ": missing"));
    }
}
END_TEST

START_TEST(no_member_accepts_another_type) {
    const struct tw_method *method = tw_method((enum tw_method_id)_i);
    TW_JSON_OWNED json_t *params = example_params(method);
    TW_JSON_OWNED json_t *strangers = json_pack("[n,f,{},[[]],s]", 1.5, "\x7F");
    for (const struct tw_field *field = method->request; field->name; field++) {
        size_t i;
        json_t *stranger;
        json_array_foreach(strangers, i, stranger) {
            TW_JSON_OWNED json_t *other = json_deep_copy(params);
            ck_assert_int_eq(json_object_set(other, field->name, stranger), 0);
            struct tw_error error = {0};
            const struct tw_status status = read_request(other, method, &error);
            ck_assert_msg(status.code == TW_E_INVALID_PARAMS, "%s.%s: row %zu", method->name,
                          field->name, i);
            ck_assert_int_eq(strncmp(error.detail, field->name, strlen(field->name)), 0);
        }
    }
}
END_TEST

START_TEST(no_request_accepts_an_unknown_member) {
    const struct tw_method *method = tw_method((enum tw_method_id)_i);
    TW_JSON_OWNED json_t *params = example_params(method);
    ck_assert_int_eq(json_object_set_new(params, "gratuity", json_integer(1)), 0);
    struct tw_error error = {0};
    ck_assert(!tw_ok(read_request(params, method, &error)));
    ck_assert_str_eq(error.detail, "gratuity: unknown member");
}
END_TEST

START_TEST(every_request_has_the_header_and_every_result_the_outcome) {
    const struct tw_method *method = tw_method((enum tw_method_id)_i);
    const struct tw_field *field = method->request;
    const struct tw_field *header = tw_method_header(method);
    for (; header->name; header++, field++) {
        ck_assert_str_eq(field->name, header->name);
        ck_assert_uint_eq(field->offset, header->offset);
        ck_assert_int_eq(field->optional, header->optional);
    }
    ck_assert_str_eq(method->result[0].name, "rc");
    ck_assert_str_eq(method->result[1].name, "text");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = valid_examples_are_accepted},
        {.test = invalid_examples_are_refused_with_the_error_they_are_named_after},
        {.test = answers_are_accepted_and_written_as_they_were_read},
        {.test = requests_are_written_as_they_were_read, .rows = TW_METHOD_COUNT},
        {.test = each_member_may_be_absent_only_if_optional, .rows = TW_METHOD_COUNT},
        {.test = no_member_accepts_another_type, .rows = TW_METHOD_COUNT},
        {.test = no_request_accepts_an_unknown_member, .rows = TW_METHOD_COUNT},
        {.test = every_request_has_the_header_and_every_result_the_outcome,
         .rows = TW_METHOD_COUNT},
    };
    return test_main("message", tests, COUNT_OF(tests));
}
