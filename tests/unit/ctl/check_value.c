/* ctl/value: the whole text or nothing. */
#include <string.h>

#include "core/iban.h"
#include "ctl/value.h"
#include "support/suite.h"
#include "wire/message.h"

#define BANK INT32_C(90000001)

START_TEST(numbers_are_digits_within_their_range) {
    int64_t number = -1;
    ck_assert(tw_ok(ctl_parse_number("count", "7", 1, 9, &number, NULL)));
    ck_assert_int_eq(number, 7);
    ck_assert(tw_ok(ctl_parse_number("count", "0007", 1, 9, &number, NULL)));
    ck_assert(tw_ok(ctl_parse_number("count", "999999999999999999", 0, INT64_MAX, &number, NULL)));
    ck_assert_int_eq(number, INT64_C(999999999999999999));
}
END_TEST

static const char *const no_numbers[] = {
    "", " 7", "7 ", "+7", "-7", "7.0", "0x7", "1e1", "seven", "0", "10", "9999999999999999999",
};

START_TEST(other_numbers_are_refused_by_name) {
    int64_t number = 5;
    struct tw_error error = {0};
    struct tw_status status = ctl_parse_number("count", no_numbers[_i], 1, 9, &number, &error);
    ck_assert_int_eq(status.code, TW_E_INVALID_PARAMS);
    ck_assert_str_eq(error.detail, "count must be a number from 1 to 9");
    ck_assert_int_eq(number, 5);
}
END_TEST

START_TEST(accounts_are_ibans_of_this_bank_or_numbers) {
    char iban[TW_IBAN_TEXT_SIZE];
    int64_t account = 0;
    tw_iban_text((struct tw_iban){BANK, 1000000001}, iban);
    ck_assert(tw_ok(ctl_parse_account(iban, BANK, &account, NULL)));
    ck_assert_int_eq(account, 1000000001);
    ck_assert(tw_ok(ctl_parse_account("20000", BANK, &account, NULL)));
    ck_assert_int_eq(account, 20000);
}
END_TEST

START_TEST(other_banks_accounts_are_refused) {
    char iban[TW_IBAN_TEXT_SIZE];
    int64_t account = 0;
    struct tw_error error = {0};
    tw_iban_text((struct tw_iban){BANK + 1, 1000000001}, iban);
    ck_assert(!tw_ok(ctl_parse_account(iban, BANK, &account, &error)));
    ck_assert_ptr_nonnull(strstr(error.detail, "90000002"));
    ck_assert(!tw_ok(ctl_parse_account("DE00900000011000000001", BANK, &account, NULL)));
    ck_assert(!tw_ok(ctl_parse_account("10000000000", BANK, &account, NULL)));
    ck_assert(!tw_ok(ctl_parse_account("", BANK, &account, NULL)));
}
END_TEST

START_TEST(account_lists_have_one_to_eight_different_ones) {
    int64_t accounts[TW_ACCOUNTS_MAX];
    size_t count = 0;
    ck_assert(tw_ok(ctl_parse_accounts("1000000002,1000000001", BANK, accounts, &count, NULL)));
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(accounts[0], 1000000002);
    ck_assert(tw_ok(ctl_parse_accounts("1,2,3,4,5,6,7,8", BANK, accounts, &count, NULL)));
    ck_assert_uint_eq(count, TW_ACCOUNTS_MAX);
}
END_TEST

static const char *const no_lists[] = {
    "",     ",",
    "1,",   ",1",
    "1,,2", "1,1",
    "1, 2", "1,2,3,4,5,6,7,8,9",
    "1;2",  "11111111111111111111111111111",
};

START_TEST(other_lists_are_refused) {
    int64_t accounts[TW_ACCOUNTS_MAX];
    size_t count = 0;
    ck_assert(!tw_ok(ctl_parse_accounts(no_lists[_i], BANK, accounts, &count, NULL)));
}
END_TEST

START_TEST(expiry_is_yymm) {
    int32_t expiry = 0;
    ck_assert(tw_ok(ctl_parse_expiry("3012", &expiry, NULL)));
    ck_assert_int_eq(expiry, 3012);
    ck_assert(tw_ok(ctl_parse_expiry("0001", &expiry, NULL)));
    ck_assert_int_eq(expiry, 1);
    static const char *const wrong[] = {"", "3013", "3000", "312", "03012", "12/30", "-301"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        ck_assert(!tw_ok(ctl_parse_expiry(wrong[i], &expiry, NULL)));
    }
}
END_TEST

START_TEST(pins_have_four_to_twelve_digits) {
    ck_assert(ctl_pin_valid("0000"));
    ck_assert(ctl_pin_valid("123456789012"));
    ck_assert(!ctl_pin_valid(""));
    ck_assert(!ctl_pin_valid("123"));
    ck_assert(!ctl_pin_valid("1234567890123"));
    ck_assert(!ctl_pin_valid("12 4"));
    ck_assert(!ctl_pin_valid("12a4"));
}
END_TEST

static const struct {
    const char *text;
    int64_t id;
} card_ids[] = {
    {"1", 1},
    {"99999999999", 99999999999},       /* eleven digits: no PAN is so short */
    {"9223372036854775807", INT64_MAX}, /* nineteen that are no PAN */
    {"1000000000000000000", 1000000000000000000},
};

START_TEST(a_card_is_called_by_its_id) {
    int64_t id = 0;
    ck_assert(tw_ok(ctl_parse_card_id(card_ids[_i].text, &id, NULL)));
    ck_assert_int_eq(id, card_ids[_i].id);
}
END_TEST

static const char *const card_numbers[] = {
    "9276000112345674",    "9276000112345675",    "9276 0001 1234 5674",
    "9276-0001-1234-5674", "927600011234",        "1000000000000000009",
    "9276000112345674123", "9999999999999999999", "999999999999999999",
};

START_TEST(a_card_number_is_refused_with_what_to_do) {
    int64_t id = 0;
    struct tw_error error = {0};
    struct tw_status status = ctl_parse_card_id(card_numbers[_i], &id, &error);
    ck_assert_int_eq(status.code, TW_E_INVALID_PARAMS);
    ck_assert_ptr_nonnull(strstr(error.detail, "--pan-file FILE"));
    ck_assert_ptr_nonnull(strstr(error.detail, "command line"));
    ck_assert_ptr_null(strstr(error.detail, card_numbers[_i]));
}
END_TEST

static const char *const no_card_ids[] = {
    "", "0", "-1", "92760001****5674", "alice", "92760001000000000000"};

START_TEST(other_text_is_no_card) {
    int64_t id = 7;
    struct tw_error error = {0};
    ck_assert_int_eq(ctl_parse_card_id(no_card_ids[_i], &id, &error).code, TW_E_INVALID_PARAMS);
    ck_assert_ptr_nonnull(strstr(error.detail, "its id"));
    ck_assert_int_eq(id, 7);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = numbers_are_digits_within_their_range},
        {.test = other_numbers_are_refused_by_name, .rows = COUNT_OF(no_numbers)},
        {.test = accounts_are_ibans_of_this_bank_or_numbers},
        {.test = other_banks_accounts_are_refused},
        {.test = account_lists_have_one_to_eight_different_ones},
        {.test = other_lists_are_refused, .rows = COUNT_OF(no_lists)},
        {.test = expiry_is_yymm},
        {.test = pins_have_four_to_twelve_digits},
        {.test = a_card_is_called_by_its_id, .rows = COUNT_OF(card_ids)},
        {.test = a_card_number_is_refused_with_what_to_do, .rows = COUNT_OF(card_numbers)},
        {.test = other_text_is_no_card, .rows = COUNT_OF(no_card_ids)},
    };
    return test_main("value", tests, COUNT_OF(tests));
}
