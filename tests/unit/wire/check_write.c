/* wire/write: what it writes is what Jansson reads, and what Jansson would have written. */
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"
#include "wire/json.h"
#include "wire/write.h"

static const char *const strings[] = {
    "",
    "plain",
    "\"",
    "\\",
    "\\\"/",
    "\b\f\n\r\t",
    "\x01\x1F\x7F",
    "a\nb\"c\\d\x02\x03z",
    "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8F\xA6",
    "\xE2\x80\xA8 line separator",
    "\xC3\xA4\"\xC3\xA4",
    "</script>",
    "{\"a\":[1]}",
};

START_TEST(strings_are_written_as_jansson_writes_them) {
    TW_JSON_OWNED json_t *string = json_string(strings[_i]);
    char *expected = json_dumps(string, JSON_COMPACT | JSON_ENCODE_ANY);
    struct tw_buffer out = {0};
    ck_assert(tw_write_string(&out, strings[_i]));
    ck_assert_uint_eq(tw_buffer_length(&out), strlen(expected));
    ck_assert_mem_eq(tw_buffer_head(&out), expected, strlen(expected));
    free(expected);
    tw_buffer_free(&out);
}
END_TEST

START_TEST(every_byte_and_every_second_one_agree_with_jansson) {
    for (int first = 1; first < 256; first++) {
        const char text[] = {(char)_i, (char)first, '\0'};
        TW_JSON_OWNED json_t *string = json_string(text);
        struct tw_buffer out = {0};
        const bool made = tw_write_string(&out, text);
        ck_assert_int_eq(made, string != NULL);
        if (made) {
            TW_JSON_OWNED json_t *again = NULL;
            ck_assert(tw_ok(tw_json_parse(tw_buffer_head(&out), tw_buffer_length(&out),
                                          TW_JSON_LIMITS_DEFAULT, &again, NULL)));
            ck_assert(json_equal(again, string));
        }
        tw_buffer_free(&out);
    }
}
END_TEST

static const char *const not_utf8[] = {
    "\xFF", "a\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\"\xE2\x82",
};

START_TEST(what_is_not_utf8_is_refused) {
    struct tw_buffer out = {0};
    ck_assert(!tw_write_string(&out, not_utf8[_i]));
    tw_buffer_free(&out);
}
END_TEST

static const int64_t integers[] = {0, 1, -1, 9, 10, -10, 9007199254740991, INT64_MAX, INT64_MIN};

START_TEST(integers_are_exact) {
    struct tw_buffer out = {0};
    TW_JSON_OWNED json_t *again = NULL;
    ck_assert(tw_write_integer(&out, integers[_i]));
    ck_assert(tw_ok(tw_json_parse(tw_buffer_head(&out), tw_buffer_length(&out),
                                  TW_JSON_LIMITS_DEFAULT, &again, NULL)));
    ck_assert(json_is_integer(again));
    ck_assert_int_eq(json_integer_value(again), integers[_i]);
    tw_buffer_free(&out);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = strings_are_written_as_jansson_writes_them, .rows = COUNT_OF(strings)},
        {.test = every_byte_and_every_second_one_agree_with_jansson, .rows = 256},
        {.test = what_is_not_utf8_is_refused, .rows = COUNT_OF(not_utf8)},
        {.test = integers_are_exact, .rows = COUNT_OF(integers)},
    };
    return test_main("write", tests, COUNT_OF(tests));
}
