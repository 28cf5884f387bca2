/* core/log: one JSON object per line, whatever the fields hold. */
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "support/scratch.h"
#include "support/suite.h"

static char output[65536];

/* From here on what goes to stderr can be read back by log_read. */
static int log_capture(void) {
    char path[TEST_PATH_SIZE];
    const int file = test_scratch_file(path);
    ck_assert_int_ge(dup2(file, STDERR_FILENO), 0);
    return file;
}

static size_t log_read(int file) {
    const ssize_t length = pread(file, output, sizeof output - 1, 0);
    ck_assert_int_ge(length, 0);
    output[length] = '\0';
    return (size_t)length;
}

/* The one line that was logged; the caller drops it. */
static json_t *the_line(int file) {
    const size_t length = log_read(file);
    ck_assert_uint_gt(length, 0);
    ck_assert_ptr_eq(strchr(output, '\n'), output + length - 1);
    for (size_t i = 0; i + 1 < length; i++) {
        ck_assert_uint_ge((unsigned char)output[i], 0x20);
    }
    json_error_t error;
    json_t *line = json_loadb(output, length, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(line != NULL, "%s: %s", error.text, output);
    return line;
}

static const char *member(const json_t *line, const char *name) {
    return json_string_value(json_object_get(line, name));
}

START_TEST(line_has_time_level_process_message_and_fields) {
    const int file = log_capture();
    tw_log_start("check", TW_LOG_INFO);
    tw_log(TW_LOG_WARN, "connection refused", TW_STR("peer", "mw1"), TW_INT("port", 7001));
    json_t *line = the_line(file);
    ck_assert_str_eq(member(line, "level"), "warn");
    ck_assert_str_eq(member(line, "process"), "check");
    ck_assert_str_eq(member(line, "message"), "connection refused");
    ck_assert_str_eq(member(line, "peer"), "mw1");
    ck_assert_int_eq(json_integer_value(json_object_get(line, "port")), 7001);
    const char *when = member(line, "time");
    ck_assert_uint_eq(strlen(when), strlen("2026-11-20T12:34:56.789Z"));
    ck_assert_int_eq(when[10], 'T');
    ck_assert_int_eq(when[23], 'Z');
    json_decref(line);
}
END_TEST

START_TEST(message_without_fields_is_logged) {
    const int file = log_capture();
    tw_log_start("check", TW_LOG_DEBUG);
    tw_log(TW_LOG_DEBUG, "started");
    json_t *line = the_line(file);
    ck_assert_str_eq(member(line, "message"), "started");
    ck_assert_uint_eq(json_object_size(line), 4);
    json_decref(line);
}
END_TEST

static int evaluations;

static int64_t evaluated(void) {
    evaluations++;
    return 1;
}

START_TEST(fields_of_a_level_that_is_off_are_not_evaluated) {
    const int file = log_capture();
    tw_log_start("check", TW_LOG_ERROR);
    tw_log(TW_LOG_WARN, "quiet", TW_INT("n", evaluated()));
    ck_assert_int_eq(evaluations, 0);
    ck_assert_uint_eq(log_read(file), 0);
    ck_assert(!tw_log_enabled(TW_LOG_WARN));
    tw_log(TW_LOG_ERROR, "loud", TW_INT("n", evaluated()));
    ck_assert_int_eq(evaluations, 1);
    json_decref(the_line(file));
}
END_TEST

static const struct {
    const char *given;
    const char *read; /* as it comes out of a JSON parser */
} hostile[] = {
    {"a\n{\"level\":\"error\"}", "a\n{\"level\":\"error\"}"},
    {"\",\"level\":\"error\",\"x\":\"", "\",\"level\":\"error\",\"x\":\""},
    {"back\\slash\\\"", "back\\slash\\\""},
    {"\x1B[2J\r\b\t\x7F", "\x1B[2J\r\b\t\x7F"},
    {"\xC2\x9B"
     "31m",
     "\xC2\x9B"
     "31m"},
    {"\xE2\x80\xA8line", "\xE2\x80\xA8line"},
    {"bad \xFF\xC0\x80 bytes", "bad \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD bytes"},
    {"cut \xE2\x82", "cut \xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xF0\x9F\x8F\xA6 bank", "\xF0\x9F\x8F\xA6 bank"},
    {"", ""},
};

START_TEST(no_value_can_forge_a_line_or_a_member) {
    const int file = log_capture();
    tw_log_start("check", TW_LOG_INFO);
    tw_log(TW_LOG_INFO, hostile[_i].given, TW_STR("value", hostile[_i].given));
    json_t *line = the_line(file);
    ck_assert_str_eq(member(line, "message"), hostile[_i].read);
    ck_assert_str_eq(member(line, "value"), hostile[_i].read);
    ck_assert_str_eq(member(line, "level"), "info");
    ck_assert_ptr_null(strstr(output, "\x1B"));
    ck_assert_ptr_null(strstr(output, "\xC2\x9B"));
    json_decref(line);
}
END_TEST

START_TEST(null_and_extreme_values_are_written) {
    const int file = log_capture();
    tw_log_start("check", TW_LOG_INFO);
    tw_log(TW_LOG_INFO, "values", TW_STR("none", NULL), TW_INT("least", INT64_MIN),
           TW_INT("most", INT64_MAX));
    json_t *line = the_line(file);
    ck_assert(json_is_null(json_object_get(line, "none")));
    ck_assert_int_eq(json_integer_value(json_object_get(line, "least")), INT64_MIN);
    ck_assert_int_eq(json_integer_value(json_object_get(line, "most")), INT64_MAX);
    json_decref(line);
}
END_TEST

START_TEST(too_much_is_left_out_and_said) {
    static char text[20000];
    memset(text, _i == 0 ? 'x' : '\n', sizeof text - 1);
    const int file = log_capture();
    tw_log_start("check", TW_LOG_INFO);
    tw_log(TW_LOG_INFO, "long", TW_STR("a", text), TW_STR("b", text), TW_STR("c", text),
           TW_STR("d", text), TW_STR("e", text));
    json_t *line = the_line(file);
    ck_assert(json_is_true(json_object_get(line, "truncated")));
    ck_assert_str_eq(member(line, "message"), "long");
    ck_assert_uint_le(strlen(output), 4096);
    json_decref(line);
}
END_TEST

START_TEST(ten_fields_are_possible) {
    const int file = log_capture();
    tw_log_start("check", TW_LOG_INFO);
    tw_log(TW_LOG_INFO, "ten", TW_INT("a", 1), TW_INT("b", 2), TW_INT("c", 3), TW_INT("d", 4),
           TW_INT("e", 5), TW_INT("f", 6), TW_INT("g", 7), TW_INT("h", 8), TW_INT("i", 9),
           TW_INT("j", 10));
    json_t *line = the_line(file);
    ck_assert_int_eq(json_integer_value(json_object_get(line, "j")), 10);
    json_decref(line);
}
END_TEST

START_TEST(closed_stderr_is_survived) {
    ck_assert_int_eq(close(STDERR_FILENO), 0);
    tw_log_start("check", TW_LOG_INFO);
    tw_log(TW_LOG_INFO, "nobody reads this");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = line_has_time_level_process_message_and_fields},
        {.test = message_without_fields_is_logged},
        {.test = fields_of_a_level_that_is_off_are_not_evaluated},
        {.test = no_value_can_forge_a_line_or_a_member, .rows = COUNT_OF(hostile)},
        {.test = null_and_extreme_values_are_written},
        {.test = too_much_is_left_out_and_said, .rows = 2},
        {.test = ten_fields_are_possible},
        {.test = closed_stderr_is_survived},
    };
    return test_main("log", tests, COUNT_OF(tests));
}
