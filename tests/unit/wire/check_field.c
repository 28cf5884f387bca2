/* wire/field: each kind of member at its edges, absent and unknown members, lists, memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "core/iban.h"
#include "core/money.h"
#include "core/pan.h"
#include "core/rc.h"
#include "core/uuid.h"
#include "support/scarce.h"
#include "support/suite.h"
#include "wire/field.h"
#include "wire/json.h"

#define LIST_MAX 2

struct element {
    int64_t number;
    char *note;
};

/* One of every kind, all optional, so that a test can give just one. */
struct sample {
    bool truth;
    int64_t integer;
    int64_t amount;
    char string[9];
    char *text;
    char digits[9];
    struct tw_uuid uuid;
    int32_t date;
    struct tw_currency currency;
    struct tw_iban iban;
    int32_t bank;
    int32_t terminal;
    char pan[TW_PAN_TEXT_SIZE];
    int32_t expiry;
    enum tw_rc rc;
    size_t count;
    struct element list[LIST_MAX];
};

static const struct tw_field element_fields[] = {
    {.name = "number", .kind = TW_FIELD_INT, .offset = offsetof(struct element, number), .max = 9},
    {.name = "note",
     .kind = TW_FIELD_TEXT,
     .optional = true,
     .size = 10,
     .offset = offsetof(struct element, note)},
    {.name = NULL},
};

#define OPTIONAL(member_, kind_, ...)                                                              \
    {                                                                                              \
        .name = #member_, .kind = TW_FIELD_##kind_, .optional = true,                              \
        .offset = offsetof(struct sample, member_), .size = sizeof(((struct sample *)0)->member_), \
        .about = "about " #member_, __VA_ARGS__                                                    \
    }

static const struct tw_field fields[] = {
    OPTIONAL(truth, BOOL, .min = 0),
    OPTIONAL(integer, INT, .min = -5, .max = INT64_MAX),
    OPTIONAL(amount, AMOUNT, .min = 1),
    OPTIONAL(string, STRING, .min = 0),
    {.name = "text",
     .kind = TW_FIELD_TEXT,
     .optional = true,
     .offset = offsetof(struct sample, text),
     .size = 12},
    OPTIONAL(digits, DIGITS, .min = 0),
    OPTIONAL(uuid, UUID, .min = 0),
    OPTIONAL(date, DATE, .min = 0),
    OPTIONAL(currency, CURRENCY, .min = 0),
    OPTIONAL(iban, IBAN, .min = 0),
    OPTIONAL(bank, BANK_CODE, .min = 0),
    OPTIONAL(terminal, TERMINAL_ID, .min = 0),
    OPTIONAL(pan, PAN, .min = 0),
    OPTIONAL(expiry, EXPIRY, .min = 0),
    OPTIONAL(rc, RC, .min = 0),
    {.name = "list",
     .kind = TW_FIELD_LIST,
     .optional = true,
     .offset = offsetof(struct sample, list),
     .size = sizeof(struct element),
     .element = element_fields,
     .count_offset = offsetof(struct sample, count),
     .list_max = LIST_MAX},
    {.name = NULL},
};

static json_t *json_of(const char *text) {
    json_t *json = NULL;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_json_parse(text, strlen(text), TW_JSON_LIMITS_DEFAULT, &json, &error)),
                  "%s: %s", text, error.detail);
    return json;
}

static struct tw_status read_text(const char *text, struct sample *ret_sample,
                                  struct tw_error *ret_error) {
    memset(ret_sample, 0, sizeof *ret_sample);
    TW_JSON_OWNED json_t *json = json_of(text);
    return tw_fields_read(json, fields, ret_sample, ret_error);
}

/* Each is written exactly as it was read. */
static const char *const accepted[] = {
    "{}",
    "{\"truth\":true}",
    "{\"integer\":-5}",
    "{\"integer\":9223372036854775807}",
    "{\"amount\":1}",
    "{\"amount\":9007199254740991}",
    "{\"string\":\"12345678\"}",
    "{\"string\":\"\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\"}",
    "{\"string\":\"\xF0\x9F\x8F\xA6~ \"}",
    "{\"text\":\"a\\r\\nb\\n\"}",
    "{\"text\":\"123456789012\"}",
    "{\"digits\":\"00000000\"}",
    "{\"uuid\":\"0193489f-7a3c-7def-8123-456789abcdef\"}",
    "{\"date\":\"2026-11-20\"}",
    "{\"date\":\"9999-12-31\"}",
    "{\"currency\":\"EUR\"}",
    "{\"iban\":\"DE75512108001245126199\"}",
    "{\"bank\":\"90000001\"}",
    "{\"bank\":\"00000001\"}",
    "{\"terminal\":\"00000017\"}",
    "{\"terminal\":\"99999999\"}",
    "{\"pan\":\"4111111111111111\"}",
    "{\"expiry\":\"2912\"}",
    "{\"expiry\":\"0001\"}",
    "{\"rc\":\"51\"}",
    "{\"list\":[{\"number\":0},{\"number\":9,\"note\":\"n\"}]}",
    "{\"truth\":true,\"integer\":1,\"string\":\"s\",\"text\":\"t\",\"list\":[{\"number\":1}]}",
};

START_TEST(accepted_members_are_written_as_they_were_read) {
    struct sample sample;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(read_text(accepted[_i], &sample, &error)), "%s: %s", accepted[_i],
                  error.detail);
    TW_JSON_OWNED json_t *written = tw_fields_write(fields, &sample);
    char *text = json_dumps(written, JSON_COMPACT);
    ck_assert_str_eq(text, accepted[_i]);
    free(text);
    tw_fields_clear(fields, &sample);
}
END_TEST

static const struct {
    const char *text;
    const char *reason;
} refused[] = {
    {"[]", "not an object"},
    {"null", "not an object"},
    {"{\"truth\":1}", "truth: not true or false"},
    {"{\"truth\":\"true\"}", "truth: not true or false"},
    {"{\"truth\":null}", "truth: not true or false"},
    {"{\"integer\":-6}", "integer: out of range"},
    {"{\"integer\":1.0}", "integer: not an integer"},
    {"{\"integer\":1e2}", "integer: not an integer"},
    {"{\"integer\":\"1\"}", "integer: not an integer"},
    {"{\"integer\":null}", "integer: not an integer"},
    {"{\"integer\":true}", "integer: not an integer"},
    {"{\"amount\":0}", "amount: out of range"},
    {"{\"amount\":-1}", "amount: out of range"},
    {"{\"amount\":-9223372036854775808}", "amount: out of range"},
    {"{\"amount\":9007199254740992}", "amount: out of range"},
    {"{\"amount\":9223372036854775807}", "amount: out of range"},
    {"{\"amount\":100.0}", "amount: not an integer"},
    {"{\"amount\":1E2}", "amount: not an integer"},
    {"{\"amount\":\"100\"}", "amount: not an integer"},
    {"{\"amount\":[100]}", "amount: not an integer"},
    {"{\"string\":\"123456789\"}", "string: too long"},
    {"{\"string\":\"\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9Fx\"}", "string: too long"},
    {"{\"string\":\"a\\nb\"}", "string: not printable"},
    {"{\"string\":\"\\u001b[2J\"}", "string: not printable"},
    {"{\"string\":\"\\u007f\"}", "string: not printable"},
    {"{\"string\":\"\\u009b\"}", "string: not printable"},
    {"{\"string\":\"\\u2028\"}", "string: not printable"},
    {"{\"string\":\"\\u202e\"}", "string: not printable"},
    {"{\"string\":1}", "string: not a string"},
    {"{\"string\":null}", "string: not a string"},
    {"{\"text\":\"1234567890123\"}", "text: too long"},
    {"{\"text\":\"\\u0001\"}", "text: not printable"},
    {"{\"digits\":\"1234567\"}", "digits: not the right number of digits"},
    {"{\"digits\":\"123456789\"}", "digits: not the right number of digits"},
    {"{\"digits\":\"1234567x\"}", "digits: not the right number of digits"},
    {"{\"digits\":\"\"}", "digits: not the right number of digits"},
    {"{\"digits\":12345678}", "digits: not a string"},
    {"{\"uuid\":\"0193489f7a3c7def8123456789abcdef\"}", "uuid: not a UUID"},
    {"{\"uuid\":\"00000000-0000-0000-0000-000000000000\"}", "uuid: not a UUID"},
    {"{\"uuid\":\"\"}", "uuid: not a UUID"},
    {"{\"date\":\"2026-02-29\"}", "date: not a date"},
    {"{\"date\":\"20261120\"}", "date: not a date"},
    {"{\"date\":20261120}", "date: not a string"},
    {"{\"currency\":\"eur\"}", "currency: not an ISO 4217 currency"},
    {"{\"currency\":\"XTS\"}", "currency: not an ISO 4217 currency"},
    {"{\"currency\":\"\"}", "currency: not an ISO 4217 currency"},
    {"{\"currency\":978}", "currency: not a string"},
    {"{\"iban\":\"DE76512108001245126199\"}", "iban: IBAN check digits are wrong"},
    {"{\"iban\":\"FR76512108001245126199\"}", "iban: not a German IBAN"},
    {"{\"iban\":\"DE7551210800\"}", "iban: not an IBAN of 22 characters"},
    {"{\"bank\":\"00000000\"}", "bank: not eight digits"},
    {"{\"bank\":\"9000001\"}", "bank: not eight digits"},
    {"{\"bank\":90000001}", "bank: not a string"},
    {"{\"terminal\":\"17\"}", "terminal: not eight digits"},
    {"{\"terminal\":\"-0000017\"}", "terminal: not eight digits"},
    {"{\"terminal\":\"+0000017\"}", "terminal: not eight digits"},
    {"{\"terminal\":17}", "terminal: not a string"},
    {"{\"pan\":\"4111111111111112\"}", "pan: not a card number"},
    {"{\"pan\":4111111111111111}", "pan: not a string"},
    {"{\"expiry\":\"2913\"}", "expiry: not YYMM"},
    {"{\"expiry\":\"2900\"}", "expiry: not YYMM"},
    {"{\"expiry\":\"29-12\"}", "expiry: not YYMM"},
    {"{\"rc\":\"99\"}", "rc: not a response code"},
    {"{\"rc\":\"510\"}", "rc: not a response code"},
    {"{\"rc\":\"5\"}", "rc: not a response code"},
    {"{\"rc\":51}", "rc: not a string"},
    {"{\"list\":{}}", "list: not an array"},
    {"{\"list\":[{\"number\":1},{\"number\":1},{\"number\":1}]}", "list: too many elements"},
    {"{\"list\":[{\"number\":1},{\"number\":10}]}", "list[1]: number: out of range"},
    {"{\"list\":[{}]}", "list[0]: number: missing"},
    {"{\"list\":[1]}", "list[0]: not an object"},
    {"{\"list\":[{\"number\":1,\"other\":2}]}", "list[0]: other: unknown member"},
    {"{\"other\":1}", "other: unknown member"},
    {"{\"Truth\":true}", "unknown member"},
    {"{\"truth\":true,\"x\":null}", "x: unknown member"},
    {"{\"\":1}", "unknown member"},
    {"{\"4111111111111111\":1}", "unknown member"},
    {"{\"a\\nb\":1}", "unknown member"},
    {"{\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\":1}", "unknown member"},
};

START_TEST(other_members_are_refused_by_name_and_never_quoted) {
    struct sample sample;
    struct tw_error error = {0};
    const struct tw_status status = read_text(refused[_i].text, &sample, &error);
    ck_assert_int_eq(status.code, TW_E_INVALID_PARAMS);
    ck_assert_str_eq(error.detail, refused[_i].reason);
}
END_TEST

static const struct tw_field required[] = {
    {.name = "string",
     .kind = TW_FIELD_STRING,
     .size = 9,
     .offset = offsetof(struct sample, string)},
    {.name = "amount", .kind = TW_FIELD_AMOUNT, .offset = offsetof(struct sample, amount)},
    {.name = NULL},
};

START_TEST(required_members_must_be_there_and_not_empty) {
    static const struct {
        const char *text;
        const char *reason;
    } rows[] = {
        {"{}", "string: missing"},
        {"{\"string\":\"a\"}", "amount: missing"},
        {"{\"string\":\"\",\"amount\":1}", "string: empty"},
        {"{\"string\":null,\"amount\":1}", "string: not a string"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sample sample = {0};
        struct tw_error error = {0};
        TW_JSON_OWNED json_t *json = json_of(rows[i].text);
        ck_assert(!tw_ok(tw_fields_read(json, required, &sample, &error)));
        ck_assert_str_eq(error.detail, rows[i].reason);
    }
}
END_TEST

START_TEST(required_members_are_written_even_when_zero) {
    const struct sample sample = {.string = "s"};
    TW_JSON_OWNED json_t *json = tw_fields_write(required, &sample);
    char *text = json_dumps(json, JSON_COMPACT);
    ck_assert_str_eq(text, "{\"string\":\"s\",\"amount\":0}");
    free(text);
}
END_TEST

START_TEST(failure_leaves_no_text_and_no_pan) {
    struct sample sample;
    static const char *const texts[] = {
        "{\"text\":\"secret\",\"pan\":\"4111111111111111\",\"rc\":\"99\"}",
        "{\"text\":\"secret\",\"pan\":\"4111111111111111\",\"other\":1}",
        "{\"pan\":\"4111111111111111\",\"list\":[{\"number\":1,\"note\":\"secret\"},{}]}",
    };
    ck_assert(!tw_ok(read_text(texts[_i], &sample, NULL)));
    ck_assert_ptr_null(sample.text);
    ck_assert_ptr_null(sample.list[0].note);
    static const char nothing[TW_PAN_TEXT_SIZE] = {0};
    ck_assert_mem_eq(sample.pan, nothing, sizeof nothing);
}
END_TEST

START_TEST(clear_frees_text_wipes_pan_and_may_be_repeated) {
    struct sample sample;
    ck_assert(
        tw_ok(read_text("{\"text\":\"t\",\"pan\":\"4111111111111111\",\"list\":[{\"number\":1,"
                        "\"note\":\"n\"}]}",
                        &sample, NULL)));
    ck_assert_str_eq(sample.list[0].note, "n");
    ck_assert_uint_eq(sample.count, 1);
    for (int i = 0; i < 2; i++) {
        tw_fields_clear(fields, &sample);
        ck_assert_ptr_null(sample.text);
        ck_assert_ptr_null(sample.list[0].note);
        ck_assert_int_eq(sample.pan[15], 0);
    }
}
END_TEST

struct answer {
    enum tw_rc rc;
    int64_t balance;
    int64_t other;
};

static const struct tw_field answer_fields[] = {
    {.name = "rc", .kind = TW_FIELD_RC, .offset = offsetof(struct answer, rc)},
    {.name = "balance",
     .kind = TW_FIELD_AMOUNT,
     .optional = true,
     .with_approval = true,
     .offset = offsetof(struct answer, balance)},
    {.name = "other",
     .kind = TW_FIELD_AMOUNT,
     .optional = true,
     .offset = offsetof(struct answer, other)},
    {.name = NULL},
};

START_TEST(balance_of_zero_is_told_with_an_approval_only) {
    static const struct {
        struct answer answer;
        const char *text;
    } rows[] = {
        {{.rc = TW_RC_APPROVED}, "{\"rc\":\"00\",\"balance\":0}"},
        {{.rc = TW_RC_WRONG_PIN}, "{\"rc\":\"55\"}"},
        {{.rc = TW_RC_WRONG_PIN, .balance = -5}, "{\"rc\":\"55\",\"balance\":-5}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TW_JSON_OWNED json_t *json = tw_fields_write(answer_fields, &rows[i].answer);
        char *text = json_dumps(json, JSON_COMPACT);
        ck_assert_str_eq(text, rows[i].text);
        free(text);
    }
}
END_TEST

START_TEST(schema_says_kind_limits_and_what_is_required) {
    TW_JSON_OWNED json_t *schema = tw_fields_schema(required);
    char *text = json_dumps(schema, JSON_COMPACT);
    ck_assert_str_eq(text,
                     "{\"type\":\"object\",\"properties\":{\"string\":{\"type\":\"string\","
                     "\"minLength\":1,\"maxLength\":8,\"description\":\"string\"},\"amount\":{"
                     "\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991,"
                     "\"description\":\"amount\"}},\"required\":[\"string\",\"amount\"],"
                     "\"additionalProperties\":false}");
    free(text);
}
END_TEST

START_TEST(schema_lists_every_member) {
    TW_JSON_OWNED json_t *schema = tw_fields_schema(fields);
    const json_t *properties = json_object_get(schema, "properties");
    ck_assert_uint_eq(json_object_size(properties), COUNT_OF(fields) - 1);
    for (const struct tw_field *field = fields; field->name; field++) {
        const json_t *property = json_object_get(properties, field->name);
        ck_assert(json_is_string(json_object_get(property, "type")));
        ck_assert(json_is_string(json_object_get(property, "description")));
    }
    ck_assert_uint_eq(json_array_size(json_object_get(schema, "required")), 0);
}
END_TEST

/* Writes the sample or its schema. */
static json_t *make(int which, const struct sample *sample) {
    return which == 0 ? tw_fields_write(fields, sample) : tw_fields_schema(fields);
}

START_TEST(writers_without_memory_answer_null_and_leak_nothing) {
    struct sample sample;
    ck_assert(tw_ok(read_text(accepted[COUNT_OF(accepted) - 1], &sample, NULL)));
    bool done = false;
    for (size_t allowed = 0; !done; allowed++) {
        scarce_begin(allowed);
        json_t *json = make(_i, &sample);
        done = json != NULL;
        json_decref(json);
        const size_t left = scarce_end();
        ck_assert_msg(left == 0, "%zu blocks left after %zu", left, allowed);
        ck_assert_uint_lt(allowed, 2000);
    }
    tw_fields_clear(fields, &sample);
}
END_TEST

static const char *const awkward[] = {
    "\"",  "\\",      "\\\"", "\x01\x1F\x7F", "\b\f\n\r\t", "\xC3\xA4\xF0\x9F\x8F\xA6",
    "},{", "\\u0041", "</a>",
};

START_TEST(awkward_text_is_what_jansson_reads_in_every_kind_and_list) {
    char text[sizeof((struct sample *)0)->string];
    (void)snprintf(text, sizeof text, "%s", awkward[_i]);
    struct sample sample = {.text = text, .count = 2, .list = {{.note = text}, {.note = text}}};
    memcpy(sample.string, text, sizeof text);
    TW_JSON_OWNED json_t *expected =
        json_pack("{s:s,s:s,s:[{s:i,s:s},{s:i,s:s}]}", "string", text, "text", text, "list",
                  "number", 0, "note", text, "number", 0, "note", text);
    TW_JSON_OWNED json_t *written = tw_fields_write(fields, &sample);
    ck_assert_ptr_nonnull(expected);
    ck_assert(json_equal(written, expected));
}
END_TEST

START_TEST(message_without_members_is_an_empty_object) {
    const struct sample sample = {0};
    struct tw_buffer text = {0};
    ck_assert(tw_fields_write_text(&text, fields, &sample));
    ck_assert_uint_eq(tw_buffer_length(&text), 2);
    ck_assert_mem_eq(tw_buffer_head(&text), "{}", 2);
    tw_buffer_free(&text);
}
END_TEST

START_TEST(string_that_is_not_utf8_is_not_written) {
    const struct sample sample = {.string = "\xFF"};
    ck_assert_ptr_null(tw_fields_write(fields, &sample));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = accepted_members_are_written_as_they_were_read, .rows = COUNT_OF(accepted)},
        {.test = awkward_text_is_what_jansson_reads_in_every_kind_and_list,
         .rows = COUNT_OF(awkward)},
        {.test = message_without_members_is_an_empty_object},
        {.test = other_members_are_refused_by_name_and_never_quoted, .rows = COUNT_OF(refused)},
        {.test = required_members_must_be_there_and_not_empty},
        {.test = required_members_are_written_even_when_zero},
        {.test = failure_leaves_no_text_and_no_pan, .rows = 3},
        {.test = clear_frees_text_wipes_pan_and_may_be_repeated},
        {.test = balance_of_zero_is_told_with_an_approval_only},
        {.test = schema_says_kind_limits_and_what_is_required},
        {.test = schema_lists_every_member},
        {.test = writers_without_memory_answer_null_and_leak_nothing, .rows = 2},
        {.test = string_that_is_not_utf8_is_not_written},
    };
    return test_main("field", tests, COUNT_OF(tests));
}
