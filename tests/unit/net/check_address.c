/* net/address: text to socket address and back. */
#include "net/address.h"
#include "support/suite.h"

static const struct {
    const char *text, *back;
    int port;
    bool loopback;
} good[] = {
    {"127.0.0.1:7001", "127.0.0.1:7001", 7001, true},
    {"127.9.8.7:1", "127.9.8.7:1", 1, true},
    {"[::1]:65535", "[::1]:65535", 65535, true},
    {"192.0.2.1:80", "192.0.2.1:80", 80, false},
    {"[2001:db8::7]:80", "[2001:db8::7]:80", 80, false},
    {"0.0.0.0:0", "0.0.0.0:0", 0, false},
};

START_TEST(address_is_read_and_written) {
    struct tw_address address;
    char text[TW_ADDRESS_TEXT_SIZE];
    ck_assert(tw_ok(tw_address_parse(good[_i].text, &address, NULL)));
    ck_assert_str_eq(tw_address_text(&address, text), good[_i].back);
    ck_assert_int_eq(tw_address_port(&address), good[_i].port);
    ck_assert(tw_address_is_loopback(&address) == good[_i].loopback);
}
END_TEST

static const char *const bad[] = {
    "",       "127.0.0.1", "127.0.0.1:",      ":7001",          "127.0.0.1:http",
    "::1:80", "[::1:80",   "127.0.0.1:70000", "[]:80",          "127.0.0.1:-1",
    "[::1]",  "1.2.3.4:x", "[::1]80",         "256.1.1.1.1:80",
};

START_TEST(other_text_is_refused) {
    struct tw_address address;
    struct tw_error error = {0};
    ck_assert_msg(!tw_ok(tw_address_parse(bad[_i], &address, &error)), "%s", bad[_i]);
    ck_assert_int_eq(error.code, TW_E_CONFIG);
}
END_TEST

static const struct {
    const char *text;
    bool plausible;
} looks[] = {
    {"127.0.0.1:7001", true},
    {"[2001:db8::7]:80", true},
    {"bank-1.example:65535", true},
    {"127.0.0.1:0", false},
    {"[fe80:]:80", false},
    {"a b:80", false},
    {"bank\x1b.example:1", false},
    {"a]:80", false},
    {":80", false},
    {"bank.example", false},
    {"bank.example:65536", false},
};

/* .invalid never resolves (RFC 6761), and nobody asks. */
START_TEST(address_looks_right_without_being_resolved) {
    ck_assert_msg(tw_address_plausible(looks[_i].text) == looks[_i].plausible, "%s",
                  looks[_i].text);
    ck_assert(tw_address_plausible("nowhere.invalid:7101"));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = address_looks_right_without_being_resolved, .rows = COUNT_OF(looks)},
        {.test = address_is_read_and_written, .rows = COUNT_OF(good)},
        {.test = other_text_is_refused, .rows = COUNT_OF(bad)},
    };
    return test_main("address", tests, COUNT_OF(tests));
}
