/* core/pan: Luhn, lengths, and a mask that hides. */
#include <string.h>

#include "core/pan.h"
#include "support/suite.h"

static const char visa_test_pan[] = "4111111111111111";

START_TEST(digit_that_is_appended_makes_the_number_valid) {
    char digits[TW_PAN_TEXT_SIZE];
    for (size_t length = 11; length <= 18; length++) {
        for (size_t i = 0; i < length; i++) {
            digits[i] = (char)('0' + (i * 7 + length) % 10);
        }
        digits[length] = '\0';
        ck_assert(tw_pan_append_check_digit(digits, sizeof digits));
        ck_assert_uint_eq(strlen(digits), length + 1);
        ck_assert(tw_pan_valid(digits));
    }
}
END_TEST

START_TEST(known_check_digit_is_computed) {
    char digits[TW_PAN_TEXT_SIZE] = "411111111111111";
    ck_assert(tw_pan_append_check_digit(digits, sizeof digits));
    ck_assert_str_eq(digits, "4111111111111111");
    ck_assert(tw_pan_valid(visa_test_pan));
}
END_TEST

START_TEST(every_changed_digit_is_noticed) {
    char pan[TW_PAN_TEXT_SIZE];
    memcpy(pan, visa_test_pan, strlen(visa_test_pan) + 1);
    for (size_t at = 0; pan[at]; at++) {
        const char right = pan[at];
        for (int wrong = '0'; wrong <= '9'; wrong++) {
            pan[at] = (char)wrong;
            ck_assert_int_eq(tw_pan_valid(pan), wrong == right);
        }
        pan[at] = right;
    }
}
END_TEST

static const char *const no_pans[] = {
    "",
    "0",
    "00000000000",
    "00000000000000000000",
    "4111111111111112",
    "4111 1111 1111 1111",
    "411111111111111x",
    "-411111111111111",
    "\xC3\xA4",
};

START_TEST(other_text_is_no_card_number) {
    ck_assert_msg(!tw_pan_valid(no_pans[_i]), "%s", no_pans[_i]);
}
END_TEST

START_TEST(check_digit_needs_digits_and_room) {
    char letters[TW_PAN_TEXT_SIZE] = "4111111111x1111";
    char shorter[TW_PAN_TEXT_SIZE] = "4111111111";
    char longest[TW_PAN_TEXT_SIZE + 4] = "4111111111111111111";
    char cramped[16] = "411111111111111";
    ck_assert(!tw_pan_append_check_digit(letters, sizeof letters));
    ck_assert_str_eq(letters, "4111111111x1111");
    ck_assert(!tw_pan_append_check_digit(shorter, sizeof shorter));
    ck_assert(!tw_pan_append_check_digit(longest, sizeof longest));
    ck_assert(!tw_pan_append_check_digit(cramped, sizeof cramped));
}
END_TEST

static const struct {
    const char *pan;
    const char *mask;
} masks[] = {
    {"9276000112345674", "92760001****5674"},
    {"9276000112345674123", "92760001*******4123"},
    {"927600011234567", "***********4567"},
    {"927600011234", "********1234"},
    {"92760001123", "****"},
    {"92760001123456741234", "****"},
    {"", "****"},
};

START_TEST(mask_shows_at_most_iin_and_last_four) {
    char buffer[TW_PAN_TEXT_SIZE];
    ck_assert_str_eq(tw_pan_mask(masks[_i].pan, buffer), masks[_i].mask);
}
END_TEST

static const struct {
    const char *text;
    bool suspected;
} texts[] = {
    {"9276000112345674", true},
    {"9276000112345675", true},
    {"9276 0001 1234 5674", true},
    {"9276-0001-1234-5674", true},
    {"927600011234", true},
    {"9276000112345674123", true},
    {"92760001123", false},
    {"92760001123456741234", false},
    {"92760001****5674", false},
    {"9276000112345674.00", false},
    {"alice", false},
    {"", false},
    {"-", false},
};

START_TEST(mistyped_numbers_are_suspected_too) {
    ck_assert_int_eq(tw_pan_suspected(texts[_i].text), texts[_i].suspected);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = digit_that_is_appended_makes_the_number_valid},
        {.test = known_check_digit_is_computed},
        {.test = every_changed_digit_is_noticed},
        {.test = other_text_is_no_card_number, .rows = COUNT_OF(no_pans)},
        {.test = check_digit_needs_digits_and_room},
        {.test = mistyped_numbers_are_suspected_too, .rows = COUNT_OF(texts)},
        {.test = mask_shows_at_most_iin_and_last_four, .rows = COUNT_OF(masks)},
    };
    return test_main("pan", tests, COUNT_OF(tests));
}
