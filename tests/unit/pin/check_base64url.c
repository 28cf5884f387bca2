/* base64url: one text per byte sequence, in both directions. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "pin/base64url.h"
#include "support/suite.h"

#define MOST_BYTES 100

/* RFC 4648 section 10, without padding, and the two letters that differ from base64. */
static const struct {
    const char *bytes;
    const char *text;
} vectors[] = {
    {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"},
};

START_TEST(known_texts_are_written_and_read) {
    const char *bytes = vectors[_i].bytes;
    size_t length = strlen(bytes);
    char text[16];
    uint8_t back[16];

    tw_base64url_encode((const uint8_t *)bytes, length, text);
    ck_assert_str_eq(text, vectors[_i].text);
    ck_assert_uint_eq(strlen(text), TW_BASE64URL_LENGTH(length));
    ck_assert(tw_base64url_decode(text, strlen(text), back, length));
    ck_assert_mem_eq(back, bytes, length);
}
END_TEST

START_TEST(any_bytes_come_back) {
    uint8_t bytes[MOST_BYTES];
    uint8_t back[MOST_BYTES];
    char text[TW_BASE64URL_LENGTH(MOST_BYTES) + 1];

    for (size_t length = 0; length <= MOST_BYTES; length++) {
        const struct tw_random *random = tw_random_system();
        random->fill(random->context, bytes, length);
        tw_base64url_encode(bytes, length, text);
        ck_assert(tw_base64url_decode(text, strlen(text), back, length));
        ck_assert_mem_eq(back, bytes, length);
    }
}
END_TEST

static const struct {
    const char *text;
    size_t size; /* bytes asked for */
} refused[] = {
    {"Zg", 0},   {"Zg", 2},   {"Zh", 1},      {"Zm9", 2},   {"Z", 1},     {"Z", 0},
    {"Zg==", 1}, {"Zg=", 1},  {"Zm9v\n", 3},  {"Zm9v ", 3}, {"Z m9v", 3}, {"+//+", 3},
    {"-__+", 3}, {"Zm9.", 3}, {"Zm9\xc3", 3}, {"", 1},
};

START_TEST(other_spellings_are_refused) {
    uint8_t bytes[4];
    ck_assert_msg(
        !tw_base64url_decode(refused[_i].text, strlen(refused[_i].text), bytes, refused[_i].size),
        "accepted: %s", refused[_i].text);
}
END_TEST

START_TEST(each_last_character_has_one_meaning) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int accepted = 0;
    for (const char *last = alphabet; *last != '\0'; last++) {
        char text[] = {'Z', *last, '\0'};
        uint8_t byte = 0;
        accepted += tw_base64url_decode(text, 2, &byte, 1);
    }
    ck_assert_int_eq(accepted, 4); /* two bits of the byte; the other four must be zero */
}
END_TEST

#define COUNT(of) ((int)(sizeof(of) / sizeof(of)[0]))

int main(void) {
    Suite *suite = suite_create("base64url");
    TCase *tests = tcase_create("base64url");

    tcase_add_loop_test(tests, known_texts_are_written_and_read, 0, COUNT(vectors));
    tcase_add_test(tests, any_bytes_come_back);
    tcase_add_loop_test(tests, other_spellings_are_refused, 0, COUNT(refused));
    tcase_add_test(tests, each_last_character_has_one_meaning);
    suite_add_tcase(suite, tests);

    return test_run(suite);
}
