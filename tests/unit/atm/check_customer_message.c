/* Every message is there in every language, says the same in the same placeholders, and fits a
 * screen. */
#include <string.h>

#include "atm-client/text/message.h"
#include "support/suite.h"

/* The conversions of a format, in their order: "%s %d". */
static void conversions(const char *text, char *ret_found, size_t size) {
    size_t used = 0;
    for (; *text != '\0' && used + 3 < size; text++) {
        if (*text == '%') {
            text += strspn(text + 1, "-0123456789.*") + 1;
            ret_found[used++] = '%';
            ret_found[used++] = *text;
        }
    }
    ret_found[used] = '\0';
}

START_TEST(every_language_says_the_same) {
    char first[32];
    char other[32];
    conversions(atm_message(ATM_ENGLISH, _i), first, sizeof first);
    for (int language = 0; language < ATM_LANGUAGE_COUNT; language++) {
        const char *text = atm_message(language, _i);
        ck_assert_ptr_nonnull(text);
        ck_assert_uint_gt(strlen(text), 1);
        conversions(text, other, sizeof other);
        ck_assert_str_eq(first, other);
    }
}
END_TEST

START_TEST(languages_are_found_by_their_codes) {
    enum atm_language language = ATM_ENGLISH;
    ck_assert(atm_language_parse("de", &language));
    ck_assert_int_eq(language, ATM_GERMAN);
    ck_assert_str_eq(atm_language_name(language), "Deutsch");
    ck_assert(!atm_language_parse("DE", &language));
    ck_assert(!atm_language_parse("", &language));
    ck_assert_int_eq(language, ATM_GERMAN);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = every_language_says_the_same, .rows = ATM_MESSAGE_COUNT},
        {.test = languages_are_found_by_their_codes},
    };
    return test_main("customer message", tests, COUNT_OF(tests));
}
