/* core/utf8: RFC 3629 to the letter, and what may be shown to a person. */
#include <string.h>

#include "core/utf8.h"
#include "support/suite.h"

static const struct {
    const char *bytes;
    uint32_t character;
} valid[] = {
    {"A", 'A'},
    {"\x7F", 0x7F},
    {"\xC2\x80", 0x80},
    {"\xDF\xBF", 0x7FF},
    {"\xE0\xA0\x80", 0x800},
    {"\xED\x9F\xBF", 0xD7FF},
    {"\xEE\x80\x80", 0xE000},
    {"\xEF\xBF\xBF", 0xFFFF},
    {"\xF0\x90\x80\x80", 0x10000},
    {"\xF4\x8F\xBF\xBF", 0x10FFFF},
};

START_TEST(valid_characters_are_decoded) {
    uint32_t character;
    const size_t length = strlen(valid[_i].bytes);
    ck_assert_uint_eq(tw_utf8_decode(valid[_i].bytes, length, &character), length);
    ck_assert_uint_eq(character, valid[_i].character);
    for (size_t shorter = 1; shorter < length; shorter++) {
        ck_assert_uint_eq(tw_utf8_decode(valid[_i].bytes, shorter, &character), 0);
    }
}
END_TEST

static const char *const invalid[] = {
    "\x80",         "\xBF",         "\xC0\x80",         "\xC1\xBF",         "\xC2\x20",
    "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",     "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
    "\xF5\x80\x80", "\xFE",         "\xFF\xBF\xBF\xBF", "\xE2\x82\x20",     "\xF0\x9F\x98\xC0",
};

START_TEST(overlong_surrogate_and_broken_bytes_are_refused) {
    uint32_t character;
    ck_assert_uint_eq(tw_utf8_decode(invalid[_i], strlen(invalid[_i]), &character), 0);
}
END_TEST

static const uint32_t unprintable[] = {0,      0x1B,   '\n',   0x7F,   0x80,
                                       0x9B,   0x9F,   0x200E, 0x202E, 0x2028,
                                       0x2029, 0x2066, 0x2069, 0x061C, 0xFEFF};

START_TEST(characters_that_could_forge_a_display_are_not_printable) {
    ck_assert(!tw_utf8_printable(unprintable[_i]));
}
END_TEST

START_TEST(ordinary_characters_are_printable) {
    static const uint32_t printable[] = {' ', '~', 0xA0, 0xE4, 0x20AC, 0x4E2D, 0x1F3E6};
    for (size_t i = 0; i < COUNT_OF(printable); i++) {
        ck_assert(tw_utf8_printable(printable[i]));
    }
}
END_TEST

static const struct {
    const char *cut;
    const char *trimmed;
} cuts[] = {
    {"", ""},           {"abc", "abc"},
    {"a\xC3", "a"},     {"a\xC3\xA4", "a\xC3\xA4"},
    {"a\xE2\x82", "a"}, {"a\xF0\x9F\x98", "a"},
    {"\xF0", ""},       {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
};

START_TEST(trim_removes_only_an_incomplete_character) {
    char text[16];
    memcpy(text, cuts[_i].cut, strlen(cuts[_i].cut) + 1);
    tw_utf8_trim(text);
    ck_assert_str_eq(text, cuts[_i].trimmed);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = valid_characters_are_decoded, .rows = COUNT_OF(valid)},
        {.test = overlong_surrogate_and_broken_bytes_are_refused, .rows = COUNT_OF(invalid)},
        {.test = characters_that_could_forge_a_display_are_not_printable,
         .rows = COUNT_OF(unprintable)},
        {.test = ordinary_characters_are_printable},
        {.test = trim_removes_only_an_incomplete_character, .rows = COUNT_OF(cuts)},
    };
    return test_main("utf8", tests, COUNT_OF(tests));
}
