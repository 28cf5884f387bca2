/* core/config: what is refused, with file and line, and what an accepted file becomes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/config.h"
#include "support/scratch.h"
#include "support/suite.h"

struct settings {
    char *name;
    char *certificate;
    int64_t lanes;
    bool fast;
    struct tw_config_list listen;
    struct tw_config_list extra;
    char *optional;
};

static const struct tw_config_key keys[] = {
    {"server", "name", TW_CONFIG_STRING, offsetof(struct settings, name), NULL, 0, 0, "its name"},
    {"server", "listen", TW_CONFIG_LIST, offsetof(struct settings, listen), NULL, 0, 0,
     "addresses"},
    {"server", "extra", TW_CONFIG_LIST, offsetof(struct settings, extra), "", 0, 0, "more"},
    {"server", "optional", TW_CONFIG_STRING, offsetof(struct settings, optional), "", 0, 0,
     "or not"},
    {"tls", "certificate", TW_CONFIG_PATH, offsetof(struct settings, certificate), "cert.pem", 0, 0,
     "PEM file"},
    {"limits", "lanes", TW_CONFIG_INT, offsetof(struct settings, lanes), "2", 1, 16, "lanes"},
    {"limits", "fast", TW_CONFIG_BOOL, offsetof(struct settings, fast), "no", 0, 0, "or safe"},
};

#define KEY_COUNT COUNT_OF(keys)

static char path[TEST_PATH_SIZE];

/* Loads a file with these bytes. */
static struct tw_status load_bytes(const char *bytes, size_t length, struct settings *ret_settings,
                                   struct tw_error *ret_error) {
    const int file = test_scratch_file(path);
    ck_assert_int_eq(write(file, bytes, length), (ssize_t)length);
    ck_assert_int_eq(close(file), 0);
    memset(ret_error, 0, sizeof *ret_error);
    return tw_config_load(path, keys, KEY_COUNT, ret_settings, ret_error);
}

static struct tw_status load(const char *text, struct settings *ret_settings,
                             struct tw_error *ret_error) {
    return load_bytes(text, strlen(text), ret_settings, ret_error);
}

START_TEST(every_kind_is_read) {
    struct settings settings = {0};
    struct tw_error error;
    const struct tw_status status = load("; a comment\n"
                                         "# another\n"
                                         "\n"
                                         "[server]\n"
                                         "name = bank one ; trailing comment\n"
                                         "listen = 127.0.0.1:7001\r\n"
                                         "  listen=[::1]:7001\n"
                                         "[limits]\n"
                                         "lanes = 16\n"
                                         "fast = yes\n"
                                         "[tls]\n"
                                         "certificate = /etc/tls/cert.pem",
                                         &settings, &error);
    ck_assert_msg(tw_ok(status), "%s", error.detail);
    ck_assert_str_eq(settings.name, "bank one");
    ck_assert_uint_eq(settings.listen.count, 2);
    ck_assert_str_eq(settings.listen.items[0], "127.0.0.1:7001");
    ck_assert_str_eq(settings.listen.items[1], "[::1]:7001");
    ck_assert_int_eq(settings.lanes, 16);
    ck_assert(settings.fast);
    ck_assert_str_eq(settings.certificate, "/etc/tls/cert.pem");
    tw_config_free(keys, KEY_COUNT, &settings);
    ck_assert_ptr_null(settings.name);
    ck_assert_uint_eq(settings.listen.count, 0);
}
END_TEST

START_TEST(absent_keys_take_their_defaults) {
    struct settings settings = {0};
    struct tw_error error;
    ck_assert(tw_ok(load("[server]\nname=a\nlisten=b\n", &settings, &error)));
    ck_assert_int_eq(settings.lanes, 2);
    ck_assert(!settings.fast);
    ck_assert_str_eq(settings.optional, "");
    ck_assert_uint_eq(settings.extra.count, 0);
    const size_t folder = (size_t)(strrchr(path, '/') - path);
    ck_assert_int_eq(strncmp(settings.certificate, path, folder), 0); /* beside the file */
    ck_assert_str_eq(settings.certificate + folder, "/cert.pem");
    tw_config_free(keys, KEY_COUNT, &settings);
}
END_TEST

#define GOOD "[server]\nname=a\nlisten=b\n" /* three lines that are right */

static const struct {
    const char *text;
    const char *reason; /* after the file's name */
} refused[] = {
    {"", ": [server] name is missing"},
    {"[server]\nname=a\n", ": [server] listen is missing"},
    {GOOD "nmae=x\n", ":4: [server] nmae: unknown key"},
    {GOOD "[srever]\nname=x\n", ":4: unknown section"},
    {GOOD "[srever]\n", ":4: unknown section"},
    {GOOD "[server\n", ":4: unknown section"},
    {GOOD "[serverserverserverserverserverserverserverserverserverserver]\n",
     ":4: unknown section"},
    {"name=a\n", ":1: [] name: unknown key"},
    {GOOD "name=b\n", ":4: [server] name: given twice"},
    {GOOD "optional=\n", ":4: [server] optional: empty"},
    {GOOD "nonsense\n", ":4: neither [section] nor key = value"},
    {GOOD "[limits]\nlanes=0\n", ":5: [limits] lanes: not between 1 and 16"},
    {GOOD "[limits]\nlanes=17\n", ":5: [limits] lanes: not between 1 and 16"},
    {GOOD "[limits]\nlanes=-1\n", ":5: [limits] lanes: not between 1 and 16"},
    {GOOD "[limits]\nlanes=99999999999999999999\n", ":5: [limits] lanes: not between 1 and 16"},
    {GOOD "[limits]\nlanes=two\n", ":5: [limits] lanes: not an integer"},
    {GOOD "[limits]\nlanes=2.0\n", ":5: [limits] lanes: not an integer"},
    {GOOD "[limits]\nlanes=0x2\n", ":5: [limits] lanes: not an integer"},
    {GOOD "[limits]\nlanes=+2\n", ":5: [limits] lanes: not an integer"},
    {GOOD "[limits]\nfast=true\n", ":5: [limits] fast: not yes or no"},
    {GOOD "listen=1\nlisten=1\nlisten=1\nlisten=1\nlisten=1\nlisten=1\nlisten=1\nlisten=1\n"
          "listen=1\nlisten=1\nlisten=1\nlisten=1\nlisten=1\nlisten=1\nlisten=1\nlisten=1\n",
     ":19: [server] listen: more than 16 times"},
};

START_TEST(wrong_files_are_refused_with_file_and_line) {
    struct settings settings = {0};
    struct tw_error error;
    const struct tw_status status = load(refused[_i].text, &settings, &error);
    ck_assert_int_eq(status.code, TW_E_CONFIG);
    ck_assert_int_eq(strncmp(error.detail, path, strlen(path)), 0);
    ck_assert_str_eq(error.detail + strlen(path), refused[_i].reason);
    ck_assert_ptr_null(settings.name);
    ck_assert_uint_eq(settings.listen.count, 0);
}
END_TEST

START_TEST(values_are_never_quoted) {
    struct settings settings = {0};
    struct tw_error error;
    ck_assert(!tw_ok(load(GOOD "[limits]\nlanes=hunter2\n", &settings, &error)));
    ck_assert_ptr_null(strstr(error.detail, "hunter2"));
}
END_TEST

START_TEST(long_lines_are_refused_and_not_cut) {
    char text[4096] = GOOD "optional=";
    struct settings settings = {0};
    struct tw_error error;
    const size_t start = strlen(text);
    const size_t value = _i == 0 ? 1022 - strlen("optional=") : 1023 - strlen("optional=");
    memset(text + start, 'x', value);
    text[start + value] = '\n';
    const struct tw_status status = load_bytes(text, start + value + 1, &settings, &error);
    if (_i == 0) {
        ck_assert_msg(tw_ok(status), "%s", error.detail);
        ck_assert_uint_eq(strlen(settings.optional), value);
        tw_config_free(keys, KEY_COUNT, &settings);
    } else {
        ck_assert_str_eq(error.detail + strlen(path), ":4: line is too long");
    }
}
END_TEST

START_TEST(nul_byte_is_refused) {
    static const char text[] = GOOD "optional=a\0b\n";
    struct settings settings = {0};
    struct tw_error error;
    ck_assert(!tw_ok(load_bytes(text, sizeof text - 1, &settings, &error)));
    ck_assert_str_eq(error.detail + strlen(path), ":4: NUL byte");
}
END_TEST

START_TEST(missing_file_and_folder_are_refused_by_name) {
    struct settings settings = {0};
    struct tw_error error = {0};
    ck_assert(!tw_ok(tw_config_load("/no/such.ini", keys, KEY_COUNT, &settings, &error)));
    ck_assert_str_eq(error.detail, "/no/such.ini: No such file or directory");
    ck_assert(!tw_ok(tw_config_load("/tmp", keys, KEY_COUNT, &settings, &error)));
    ck_assert_int_eq(error.code, TW_E_CONFIG);
    ck_assert_int_eq(strncmp(error.detail, "/tmp", 4), 0);
}
END_TEST

START_TEST(help_of_defaults_is_a_file_that_loads_once_required_keys_are_filled) {
    char *help = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&help, &length);
    ck_assert_ptr_nonnull(out);
    tw_config_help(out, keys, KEY_COUNT);
    ck_assert_int_eq(fclose(out), 0);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        ck_assert_ptr_nonnull(strstr(help, keys[i].key));
        ck_assert_ptr_nonnull(strstr(help, keys[i].help));
    }
    char text[4096];
    (void)snprintf(text, sizeof text, "%s", help);
    char *name = strstr(text, "\nname =");
    char *listen = strstr(text, "\nlisten =");
    ck_assert(name && listen);
    memcpy(name, "\nname=a", strlen("\nname=a"));
    memcpy(listen, "\nlisten=b", strlen("\nlisten=b"));
    struct settings settings = {0};
    struct tw_error error;
    ck_assert_msg(tw_ok(load(text, &settings, &error)), "%s", error.detail);
    ck_assert_int_eq(settings.lanes, 2);
    tw_config_free(keys, KEY_COUNT, &settings);
    free(help);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = every_kind_is_read},
        {.test = absent_keys_take_their_defaults},
        {.test = wrong_files_are_refused_with_file_and_line, .rows = COUNT_OF(refused)},
        {.test = values_are_never_quoted},
        {.test = long_lines_are_refused_and_not_cut, .rows = 2},
        {.test = nul_byte_is_refused},
        {.test = missing_file_and_folder_are_refused_by_name},
        {.test = help_of_defaults_is_a_file_that_loads_once_required_keys_are_filled},
    };
    return test_main("config", tests, COUNT_OF(tests));
}
