/* relay/config: what an accepted file becomes, and what is refused with its place. */
#include <string.h>

#include "relay/config.h"
#include "support/scratch.h"
#include "support/suite.h"

#define LINK(more)                                                                                 \
    "{\"name\":\"a>b\",\"listen\":[\"127.0.0.1:1\"],\"to\":[\"127.0.0.1:2\"],\"server\":"          \
    "{\"certificate\":\"s.pem\",\"key\":\"/k/s.key\"},\"client\":{\"certificate\":\"c.pem\","      \
    "\"key\":\"c.key\"}" more "}"
#define WHOLE(links) "{\"root\":\"r.pem\",\"crl\":\"l.pem\",\"links\":[" links "]}"

static struct tw_status read_text(const char *text, struct rl_config *ret_config,
                                  struct tw_error *ret_error) {
    *ret_error = (struct tw_error){0};
    return rl_config_read(text, strlen(text), "/net", ret_config, ret_error);
}

START_TEST(files_are_relative_to_the_folder) {
    struct rl_config config;
    struct tw_error error;
    ck_assert(tw_ok(read_text(WHOLE(LINK("")), &config, &error)));
    ck_assert_uint_eq(config.link_count, 1);
    ck_assert_str_eq(config.links[0].server.certificate, "/net/s.pem");
    ck_assert_str_eq(config.links[0].server.key, "/k/s.key");
    ck_assert_str_eq(config.links[0].client.key, "/net/c.key");
    ck_assert_str_eq(config.links[0].root, "/net/r.pem");
    ck_assert_str_eq(config.links[0].crl, "/net/l.pem");
    ck_assert_int_eq(config.seed, 1);
    ck_assert_ptr_null(config.trace);
    ck_assert_int_eq(config.links[0].expect, TW_ID_NONE);
    rl_config_free(&config);
}
END_TEST

START_TEST(everything_can_be_given) {
    struct rl_config config;
    struct tw_error error;
    const char *text = "{\"seed\":9,\"trace\":\"t.jsonl\",\"links\":[" LINK(
        ",\"expect\":\"agent\",\"root\":\"own.pem\",\"crl\":\"own.crl\"") "]}";
    ck_assert_msg(tw_ok(read_text(text, &config, &error)), "%s", error.detail);
    ck_assert_int_eq(config.seed, 9);
    ck_assert_str_eq(config.trace, "/net/t.jsonl");
    ck_assert_int_eq(config.links[0].expect, TW_ID_AGENT);
    ck_assert_str_eq(config.links[0].root, "/net/own.pem");
    rl_config_free(&config);
}
END_TEST

static const struct {
    const char *text, *reason;
} refused[] = {
    {"", "ends too early at byte 0"},
    {"[]", "not an object"},
    {"{\"links\":[]}", "links: not a list of 1 to 4096 links"},
    {"{\"links\":7}", "links: not a list of 1 to 4096 links"},
    {"{\"seed\":-1,\"links\":[]}", "seed: not an integer from 0 to 9223372036854775807"},
    {"{\"colour\":1,\"links\":[]}", "unknown member 'colour'"},
    {"{\"root\":7,\"links\":[]}", "root: not a printable text of 1 to 1024 bytes"},
    {WHOLE("7"), "links[0]: not an object"},
    {WHOLE("{}"), "links[0]: name: missing"},
    {WHOLE(LINK(",\"colour\":1")), "links[0]: unknown member 'colour'"},
    {WHOLE(LINK(",\"expect\":\"terminal\"")),
     "links[0]: expect: not one of any, bank, middleware, agent"},
    {WHOLE(LINK("") "," LINK("")), "links[1]: name: that of links[0] too"},
    {"{\"root\":\"r\",\"links\":[" LINK("") "]}", "links[0]: crl: missing"},
    {WHOLE("{\"name\":\"x\",\"listen\":[]}"),
     "links[0]: listen: not a list of 1 to 16 addresses host:port"},
    {WHOLE("{\"name\":\"x\",\"listen\":[\"a:1\",\"a:2\"],\"to\":[\"b:1\"]}"),
     "links[0]: listen: neither one address nor as many as to"},
    {WHOLE("{\"name\":\"x\",\"listen\":[\"a:1\"],\"to\":[\"b:1\"]}"),
     "links[0]: server: not an object"},
    {WHOLE("{\"name\":\"x\",\"listen\":[\"a:1\"],\"to\":[\"b:1\"],\"server\":{\"key\":\"k\"}}"),
     "links[0]: server: certificate: missing"},
};

START_TEST(wrong_file_is_refused_with_the_place) {
    struct rl_config config;
    struct tw_error error;
    ck_assert(!tw_ok(read_text(refused[_i].text, &config, &error)));
    ck_assert_str_eq(error.detail, refused[_i].reason);
}
END_TEST

START_TEST(file_is_loaded_or_named) {
    char path[TEST_PATH_SIZE];
    struct rl_config config;
    struct tw_error error = {0};
    test_scratch_text(path, WHOLE(LINK("")));
    ck_assert(tw_ok(rl_config_load(path, &config, &error)));
    rl_config_free(&config);
    ck_assert(!tw_ok(rl_config_load("/nowhere/relay.json", &config, &error)));
    ck_assert_str_eq(error.detail, "/nowhere/relay.json: No such file or directory");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = files_are_relative_to_the_folder},
        {.test = everything_can_be_given},
        {.test = wrong_file_is_refused_with_the_place, .rows = COUNT_OF(refused)},
        {.test = file_is_loaded_or_named},
    };
    return test_main("relay config", tests, COUNT_OF(tests));
}
