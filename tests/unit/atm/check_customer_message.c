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

/* Printers have code pages: ASCII, and of UTF-8 what Latin-1 has too. */
START_TEST(every_character_can_be_printed) {
    for (int language = 0; language < ATM_LANGUAGE_COUNT; language++) {
        const unsigned char *text = (const unsigned char *)atm_message(language, _i);
        for (; *text != '\0'; text++) {
            const bool ascii = *text >= 0x20 && *text < 0x7f;
            const bool latin = *text == 0xc3 && text[1] >= 0x80 && text[1] < 0xc0;
            ck_assert_msg(ascii || latin, "%s", atm_message(language, _i));
            text += latin;
        }
    }
}
END_TEST

START_TEST(what_the_terminal_says_is_found_by_its_english) {
    ck_assert_str_eq(atm_translated(ATM_GERMAN, ATM_SAY(NO_NOTES)),
                     "Es wurden keine Scheine eingelegt.");
    ck_assert_str_eq(atm_translated(ATM_ENGLISH, ATM_SAY(NO_NOTES)), ATM_SAY(NO_NOTES));
    ck_assert_str_eq(atm_translated(ATM_GERMAN, "This is not possible now: session"),
                     "Das ist jetzt nicht möglich");
    ck_assert_str_eq(atm_translated(ATM_GERMAN, "This is not possible nowhere"),
                     "This is not possible nowhere");
    ck_assert_str_eq(atm_translated(ATM_GERMAN, ""), "");
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
        {.test = every_character_can_be_printed, .rows = ATM_MESSAGE_COUNT},
        {.test = what_the_terminal_says_is_found_by_its_english},
        {.test = languages_are_found_by_their_codes},
    };
    return test_main("customer message", tests, COUNT_OF(tests));
}
