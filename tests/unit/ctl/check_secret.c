/* ctl/secret: PINs and card numbers come from files and standard input, one line each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/secret.h"
#include "support/scratch.h"
#include "support/suite.h"

static const char synopsis[] = "[--pin-file FILE] [--pin-stdin] [--pan-file FILE] [--pan-stdin]";

static const struct {
    const char *text;
    const char *pin; /* NULL: refused */
} pin_files[] = {
    {"1234\n", "1234"},
    {"1234", "1234"},
    {"123456789012\r\n", "123456789012"},
    {"1234\nmore\n", "1234"},
    {"", NULL},
    {"\n", NULL},
    {"123\n", NULL},
    {"1234567890123\n", NULL},
    {"12345678901234567890\n", NULL},
    {"12 34\n", NULL},
};

START_TEST(a_pin_is_the_first_line_of_its_file) {
    char file[TEST_PATH_SIZE];
    char pin[TW_PIN_TEXT_SIZE] = "";
    test_scratch_text(file, pin_files[_i].text);
    struct tw_error error = {0};
    struct tw_status status = ctl_pin_read(file, pin, &error);
    ck_assert_int_eq(tw_ok(status), pin_files[_i].pin != NULL);
    ck_assert_str_eq(pin, pin_files[_i].pin != NULL ? pin_files[_i].pin : "");
}
END_TEST

static const struct {
    const char *text;
    const char *pan; /* NULL: refused */
} pan_files[] = {
    {"9276000112345671\n", "9276000112345671"},
    {"9276000112345671", "9276000112345671"},
    {"9276000112345671\r\nmore\n", "9276000112345671"},
    {"4111111111111111110\r\n", "4111111111111111110"},
    {"", NULL},
    {"9276000112345674\n", NULL},
    {"9276 0001 1234 5671\n", NULL},
    {"41111111111111111100000\n", NULL},
};

START_TEST(a_card_number_is_the_first_line_of_its_file) {
    char file[TEST_PATH_SIZE];
    char pan[TW_PAN_TEXT_SIZE] = "";
    test_scratch_text(file, pan_files[_i].text);
    struct tw_error error = {0};
    struct tw_status status = ctl_pan_read(file, pan, &error);
    ck_assert_int_eq(tw_ok(status), pan_files[_i].pan != NULL);
    ck_assert_str_eq(pan, pan_files[_i].pan != NULL ? pan_files[_i].pan : "");
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named) {
    char pan[TW_PAN_TEXT_SIZE] = "";
    struct tw_error error = {0};
    ck_assert_int_eq(ctl_pan_read("/nonexistent", pan, &error).code, TW_E_IO);
    ck_assert_ptr_nonnull(strstr(error.detail, "/nonexistent"));
}
END_TEST

static struct ctl_arguments given(const char *first, const char *second) {
    return (struct ctl_arguments){.synopsis = synopsis,
                                  .option_count = 2,
                                  .options = {{.name = first, .value = "/nonexistent"},
                                              {.name = second, .value = "/nonexistent"}}};
}

START_TEST(the_card_number_stands_before_the_pin) {
    char file[TEST_PATH_SIZE];
    char pan[TW_PAN_TEXT_SIZE];
    char pin[TW_PIN_TEXT_SIZE];
    test_scratch_text(file, "9276000112345671\n1234\n");
    ck_assert_ptr_nonnull(freopen(file, "r", stdin));
    struct ctl_arguments arguments = given("pin-stdin", "pan-stdin");
    ck_assert(tw_ok(ctl_option_pan(&arguments, pan, NULL)));
    ck_assert(tw_ok(ctl_option_pin(&arguments, pin, NULL)));
    ck_assert_str_eq(pan, "9276000112345671");
    ck_assert_str_eq(pin, "1234");
}
END_TEST

START_TEST(one_source_at_most_is_taken) {
    char pan[TW_PAN_TEXT_SIZE];
    char pin[TW_PIN_TEXT_SIZE];
    struct ctl_arguments pans = given("pan-file", "pan-stdin");
    struct ctl_arguments pins = given("pin-file", "pin-stdin");
    ck_assert_int_eq(ctl_option_pan(&pans, pan, NULL).code, TW_E_INVALID_PARAMS);
    ck_assert_int_eq(ctl_option_pin(&pins, pin, NULL).code, TW_E_INVALID_PARAMS);
}
END_TEST

START_TEST(a_pin_must_be_given_and_a_card_number_may) {
    char pan[TW_PAN_TEXT_SIZE] = "x";
    char pin[TW_PIN_TEXT_SIZE];
    struct ctl_arguments none = {.synopsis = synopsis};
    ck_assert(tw_ok(ctl_option_pan(&none, pan, NULL)));
    ck_assert_str_eq(pan, "");
    ck_assert_int_eq(ctl_option_pin(&none, pin, NULL).code, TW_E_INVALID_PARAMS);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = a_pin_is_the_first_line_of_its_file, .rows = COUNT_OF(pin_files)},
        {.test = a_card_number_is_the_first_line_of_its_file, .rows = COUNT_OF(pan_files)},
        {.test = a_file_that_is_not_there_is_named},
        {.test = the_card_number_stands_before_the_pin},
        {.test = one_source_at_most_is_taken},
        {.test = a_pin_must_be_given_and_a_card_number_may},
    };
    return test_main("secret", tests, COUNT_OF(tests));
}
