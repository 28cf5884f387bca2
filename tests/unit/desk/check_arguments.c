/* ctl/arguments: what the synopsis says is what is accepted. */
#include <stdio.h>
#include <string.h>

#include "desk/arguments.h"
#include "support/suite.h"

static const char synopsis[] = "ACCOUNT [AMOUNT] --name TEXT [--limit AMOUNT] [--ledger]";

#define ARGUMENTS_MAX 8

/* Splits at blanks; the pieces live in the static buffer until the next call. */
static struct tw_status parse(const char *line, struct ctl_arguments *ret_arguments,
                              struct tw_error *ret_error) {
    static char buffer[256];
    char *argv[ARGUMENTS_MAX];
    int argc = 0;
    char *rest = buffer;
    snprintf(buffer, sizeof buffer, "%s", line);
    for (char *piece = strsep(&rest, " "); piece != NULL; piece = strsep(&rest, " ")) {
        if (*piece != '\0') {
            ck_assert_int_lt(argc, ARGUMENTS_MAX);
            argv[argc++] = piece;
        }
    }
    return ctl_arguments_parse(synopsis, argc, argv, ret_arguments, ret_error);
}

START_TEST(everything_given_is_found) {
    struct ctl_arguments arguments;
    ck_assert(tw_ok(parse("--ledger 100 --name Ada 5.00 --limit 7", &arguments, NULL)));
    ck_assert_str_eq(ctl_word(&arguments, 0), "100");
    ck_assert_str_eq(ctl_word(&arguments, 1), "5.00");
    ck_assert_str_eq(ctl_option(&arguments, "name"), "Ada");
    ck_assert_str_eq(ctl_option(&arguments, "limit"), "7");
    ck_assert(ctl_flag(&arguments, "ledger"));
}
END_TEST

START_TEST(what_is_optional_may_be_left_out) {
    struct ctl_arguments arguments;
    ck_assert(tw_ok(parse("100 --name Ada", &arguments, NULL)));
    ck_assert_ptr_null(ctl_word(&arguments, 1));
    ck_assert_ptr_null(ctl_option(&arguments, "limit"));
    ck_assert(!ctl_flag(&arguments, "ledger"));
}
END_TEST

START_TEST(a_value_may_look_like_an_option) {
    struct ctl_arguments arguments;
    ck_assert(tw_ok(parse("100 --name --ledger", &arguments, NULL)));
    ck_assert_str_eq(ctl_option(&arguments, "name"), "--ledger");
    ck_assert(!ctl_flag(&arguments, "ledger"));
}
END_TEST

START_TEST(two_dashes_end_the_options) {
    struct ctl_arguments arguments;
    ck_assert(tw_ok(parse("--name Ada -- --limit", &arguments, NULL)));
    ck_assert_str_eq(ctl_word(&arguments, 0), "--limit");
    ck_assert_ptr_null(ctl_option(&arguments, "limit"));
}
END_TEST

static const struct {
    const char *line;
    const char *reason;
} refused[] = {
    {"--name Ada", "ACCOUNT is missing"},
    {"100", "--name is missing"},
    {"100 --name", "option --name needs a value"},
    {"100 --name Ada --name Eve", "option --name is given twice"},
    {"100 --name Ada --ledger --ledger", "option --ledger is given twice"},
    {"100 --name Ada --nam Eve", "unknown option --nam"},
    {"100 --name Ada --names Eve", "unknown option --names"},
    {"100 --name Ada --ACCOUNT 5", "unknown option --ACCOUNT"},
    {"100 5.00 7.00 --name Ada", "unexpected argument '7.00'"},
    {"100 5.00 9276000112345674 --name Ada", "unexpected argument '92760001****5674'"},
    {"100 --name Ada --nam=9276000112345674", "unknown option --nam"},
};

START_TEST(wrong_arguments_are_named) {
    struct ctl_arguments arguments;
    struct tw_error error = {0};
    struct tw_status status = parse(refused[_i].line, &arguments, &error);
    ck_assert_int_eq(status.code, TW_E_INVALID_PARAMS);
    ck_assert_str_eq(error.detail, refused[_i].reason);
}
END_TEST

static const char *const secrets[] = {"--pan 9276000112345674", "--pan=9276000112345674", "--pan"};

START_TEST(a_secret_is_refused_with_what_to_do) {
    char *argv[2];
    int argc = 0;
    char line[64];
    char *rest = line;
    snprintf(line, sizeof line, "%s", secrets[_i]);
    for (char *piece = strsep(&rest, " "); piece != NULL; piece = strsep(&rest, " ")) {
        argv[argc++] = piece;
    }
    struct ctl_arguments arguments;
    struct tw_error error = {0};
    struct tw_status status =
        ctl_arguments_parse("[--pan-file FILE] [--pan-stdin]", argc, argv, &arguments, &error);
    ck_assert_int_eq(status.code, TW_E_INVALID_PARAMS);
    ck_assert_str_eq(error.detail,
                     "--pan is not taken from the command line, where others can read it: give "
                     "--pan-file FILE or --pan-stdin");
}
END_TEST

START_TEST(an_empty_synopsis_takes_nothing) {
    struct ctl_arguments arguments;
    char word[] = "x";
    char *argv[] = {word};
    ck_assert(tw_ok(ctl_arguments_parse("", 0, argv, &arguments, NULL)));
    ck_assert(!tw_ok(ctl_arguments_parse("", 1, argv, &arguments, NULL)));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = everything_given_is_found},
        {.test = what_is_optional_may_be_left_out},
        {.test = a_value_may_look_like_an_option},
        {.test = two_dashes_end_the_options},
        {.test = wrong_arguments_are_named, .rows = COUNT_OF(refused)},
        {.test = a_secret_is_refused_with_what_to_do, .rows = COUNT_OF(secrets)},
        {.test = an_empty_synopsis_takes_nothing},
    };
    return test_main("arguments", tests, COUNT_OF(tests));
}
