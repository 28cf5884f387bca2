/* core/status: errors carry reasons that are always whole text, and the table is consistent. */
#include <signal.h>
#include <string.h>

#include "core/rc.h"
#include "core/status.h"
#include "core/utf8.h"
#include "support/suite.h"

START_TEST(failure_fills_code_and_reason) {
    struct tw_error error;
    memset(&error, 'x', sizeof error);
    const struct tw_status status = tw_fail(&error, TW_E_CONFIG, "port %d is taken", 7);
    ck_assert(!tw_ok(status));
    ck_assert_int_eq(status.code, TW_E_CONFIG);
    ck_assert_int_eq(error.code, TW_E_CONFIG);
    ck_assert_str_eq(error.detail, "port 7 is taken");
    ck_assert_str_eq(error.sqlstate, "");
}
END_TEST

START_TEST(failure_without_error_object_is_still_a_failure) {
    ck_assert_int_eq(tw_fail(NULL, TW_E_IO, "lost").code, TW_E_IO);
}
END_TEST

START_TEST(long_reason_is_cut_at_a_character) {
    char text[400];
    for (size_t i = 0; i + 2 < sizeof text; i += 2) {
        memcpy(text + i, "\xC3\xA4", 3); /* a umlaut */
    }
    struct tw_error error;
    (void)tw_fail(&error, TW_E_PARSE, "x%s", text);
    ck_assert_uint_eq(strlen(error.detail), sizeof error.detail - 1);
    (void)tw_fail(&error, TW_E_PARSE, "%s", text);
    ck_assert_uint_eq(strlen(error.detail), sizeof error.detail - 2);
    uint32_t character;
    const char *last = error.detail + sizeof error.detail - 4;
    ck_assert_uint_eq(tw_utf8_decode(last, 2, &character), 2);
}
END_TEST

START_TEST(wrap_puts_context_first_and_keeps_code) {
    struct tw_error error;
    (void)tw_fail(&error, TW_E_IO, "no such file");
    const struct tw_status status = tw_wrap(&error, "opening %s", "journal");
    ck_assert_int_eq(status.code, TW_E_IO);
    ck_assert_str_eq(error.detail, "opening journal: no such file");
    for (int i = 0; i < 40; i++) {
        (void)tw_wrap(&error, "again and again");
    }
    ck_assert_uint_eq(strlen(error.detail), sizeof error.detail - 1);
}
END_TEST

static const enum tw_code codes[] = {
#define TW_ERROR(name, class, number, rc, text) TW_E_##name,
#include "core/error.def"
#undef TW_ERROR
};

START_TEST(every_code_has_a_number_a_class_and_a_known_rc) {
    const enum tw_code code = codes[_i];
    const int number = tw_code_json_rpc(code);
    const bool reserved_by_json_rpc = number >= -32768 && number <= -32600;
    ck_assert(reserved_by_json_rpc || (number <= -32001 && number >= -32099));
    ck_assert_int_ne(tw_code_class(code), TW_CLASS_NONE);
    ck_assert_uint_gt(strlen(tw_code_text(code)), 0);
    enum tw_rc rc;
    ck_assert(tw_rc_from_digits(tw_code_rc(code), &rc));
}
END_TEST

START_TEST(numbers_but_that_of_internal_are_unique) {
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        for (size_t j = 0; j < i; j++) {
            if (tw_code_json_rpc(codes[i]) != tw_code_json_rpc(TW_E_INTERNAL)) {
                ck_assert_int_ne(tw_code_json_rpc(codes[i]), tw_code_json_rpc(codes[j]));
            }
        }
    }
}
END_TEST

START_TEST(names_and_numbers_are_those_of_the_table) {
    ck_assert_str_eq(tw_code_name(TW_E_INVALID_PARAMS), "INVALID_PARAMS");
    ck_assert_int_eq(tw_code_json_rpc(TW_E_INVALID_PARAMS), -32602);
    ck_assert_str_eq(tw_code_rc(TW_E_IDENTITY), "63");
    ck_assert_int_eq(tw_code_class(TW_E_BUSY), TW_CLASS_RETRY);
    ck_assert(tw_ok(tw_success()));
    ck_assert_str_eq(tw_code_name(TW_E_NONE), "NONE");
}
END_TEST

START_TEST(broken_assertion_aborts) {
    tw_assert(_i == 1);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = failure_fills_code_and_reason},
        {.test = failure_without_error_object_is_still_a_failure},
        {.test = long_reason_is_cut_at_a_character},
        {.test = wrap_puts_context_first_and_keeps_code},
        {.test = every_code_has_a_number_a_class_and_a_known_rc, .rows = COUNT_OF(codes)},
        {.test = numbers_but_that_of_internal_are_unique},
        {.test = names_and_numbers_are_those_of_the_table},
        {.test = broken_assertion_aborts, .signal = SIGABRT},
    };
    return test_main("status", tests, COUNT_OF(tests));
}
