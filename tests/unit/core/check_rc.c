/* core/rc: codes, digits and texts belong together. */
#include <signal.h>
#include <string.h>

#include "core/rc.h"
#include "support/suite.h"

START_TEST(digits_and_code_translate_both_ways) {
    const enum tw_rc rc = (enum tw_rc)_i;
    enum tw_rc back = TW_RC_COUNT;
    ck_assert_uint_eq(strlen(tw_rc_digits(rc)), 2);
    ck_assert(tw_rc_from_digits(tw_rc_digits(rc), &back));
    ck_assert_int_eq(back, rc);
    ck_assert_uint_gt(strlen(tw_rc_text(rc)), 0);
}
END_TEST

START_TEST(unknown_digits_name_no_code) {
    static const char *const unknown[] = {"", "0", "99", "XX", "5 ", " 5"};
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        enum tw_rc rc;
        ck_assert(!tw_rc_from_digits(unknown[i], &rc));
    }
}
END_TEST

START_TEST(card_is_retained_only_when_lost_stolen_or_blocked) {
    for (int i = 0; i < TW_RC_COUNT; i++) {
        const char *digits = tw_rc_digits((enum tw_rc)i);
        const bool expected = strstr("41 43 75", digits) != NULL;
        ck_assert_int_eq(tw_rc_retains_card((enum tw_rc)i), expected);
    }
}
END_TEST

START_TEST(code_outside_the_table_aborts) {
    (void)tw_rc_digits(TW_RC_COUNT);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = digits_and_code_translate_both_ways, .rows = TW_RC_COUNT},
        {.test = unknown_digits_name_no_code},
        {.test = card_is_retained_only_when_lost_stolen_or_blocked},
        {.test = code_outside_the_table_aborts, .signal = SIGABRT},
    };
    return test_main("rc", tests, COUNT_OF(tests));
}
