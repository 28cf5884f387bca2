/* core/iban: German IBANs of customers, one spelling each. */
#include <signal.h>
#include <string.h>

#include "core/iban.h"
#include "support/suite.h"

/* mod 97 the slow way, digit by digit over the rearranged text (ISO 13616). */
static int remainder_of(const char *iban) {
    int remainder = 0;
    for (size_t i = 0; i < 22; i++) {
        const char c = iban[(i + 4) % 22];
        remainder =
            c >= 'A' ? (remainder * 100 + c - 'A' + 10) % 97 : (remainder * 10 + c - '0') % 97;
    }
    return remainder;
}

START_TEST(known_iban_is_read) {
    struct tw_iban iban;
    struct tw_error error;
    ck_assert(tw_ok(tw_iban_parse("DE75512108001245126199", &iban, &error)));
    ck_assert_int_eq(iban.bank_code, 51210800);
    ck_assert_int_eq(iban.account, INT64_C(1245126199));
}
END_TEST

static const struct tw_iban ibans[] = {
    {90000001, TW_ACCOUNT_CUSTOMER_MIN}, {90000001, TW_ACCOUNT_CUSTOMER_MAX},
    {90000002, INT64_C(1234567890)},     {1, TW_ACCOUNT_CUSTOMER_MIN},
    {99999999, TW_ACCOUNT_CUSTOMER_MAX},
};

START_TEST(written_iban_has_remainder_one_and_reads_back) {
    char text[TW_IBAN_TEXT_SIZE];
    struct tw_iban back;
    tw_iban_text(ibans[_i], text);
    ck_assert_uint_eq(strlen(text), 22);
    ck_assert_int_eq(remainder_of(text), 1);
    ck_assert(tw_ok(tw_iban_parse(text, &back, NULL)));
    ck_assert_int_eq(back.bank_code, ibans[_i].bank_code);
    ck_assert_int_eq(back.account, ibans[_i].account);
}
END_TEST

START_TEST(every_changed_digit_and_neighbour_swap_is_noticed) {
    char text[TW_IBAN_TEXT_SIZE];
    struct tw_iban back;
    tw_iban_text(ibans[_i], text);
    for (size_t at = 2; at < 22; at++) {
        const char right = text[at];
        for (int wrong = '0'; wrong <= '9'; wrong++) {
            text[at] = (char)wrong;
            ck_assert(wrong == right || !tw_ok(tw_iban_parse(text, &back, NULL)));
        }
        text[at] = right;
    }
    for (size_t at = 4; at < 21; at++) {
        char swapped[TW_IBAN_TEXT_SIZE];
        memcpy(swapped, text, sizeof swapped);
        swapped[at] = text[at + 1];
        swapped[at + 1] = text[at];
        ck_assert(text[at] == text[at + 1] || !tw_ok(tw_iban_parse(swapped, &back, NULL)));
    }
}
END_TEST

START_TEST(only_one_pair_of_check_digits_is_accepted) {
    char text[TW_IBAN_TEXT_SIZE];
    struct tw_iban back;
    int accepted = 0;
    tw_iban_text(ibans[_i], text);
    for (int check = 0; check < 100; check++) {
        text[2] = (char)('0' + check / 10);
        text[3] = (char)('0' + check % 10);
        accepted += tw_ok(tw_iban_parse(text, &back, NULL));
    }
    ck_assert_int_eq(accepted, 1);
}
END_TEST

static const char *const no_ibans[] = {
    "",
    "D",
    "DE",
    "DE7551210800124512619",
    "DE755121080012451261990",
    "de75512108001245126199",
    "DE75 5121 0800 1245 1261 99",
    "GB75512108001245126199",
    "DE7551210800124512619X",
    "DE-5512108001245126199",
    "DE21900000010200000017", /* a ledger account of the bank, whatever the check digits */
};

START_TEST(other_text_is_no_iban) {
    struct tw_iban iban = {1, 1};
    ck_assert_msg(!tw_ok(tw_iban_parse(no_ibans[_i], &iban, NULL)), "%s", no_ibans[_i]);
    ck_assert_int_eq(iban.bank_code, 1);
}
END_TEST

START_TEST(ledger_account_has_no_iban_with_any_check_digits) {
    char text[] = "DE00900000010200000017";
    struct tw_iban iban;
    for (int check = 0; check < 100; check++) {
        text[2] = (char)('0' + check / 10);
        text[3] = (char)('0' + check % 10);
        ck_assert(!tw_ok(tw_iban_parse(text, &iban, NULL)));
    }
}
END_TEST

START_TEST(ledger_account_as_iban_aborts) {
    char text[TW_IBAN_TEXT_SIZE];
    (void)tw_iban_text((struct tw_iban){90000001, TW_ACCOUNT_CUSTOMER_MIN - 1}, text);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = known_iban_is_read},
        {.test = written_iban_has_remainder_one_and_reads_back, .rows = COUNT_OF(ibans)},
        {.test = every_changed_digit_and_neighbour_swap_is_noticed, .rows = COUNT_OF(ibans)},
        {.test = only_one_pair_of_check_digits_is_accepted, .rows = COUNT_OF(ibans)},
        {.test = other_text_is_no_iban, .rows = COUNT_OF(no_ibans)},
        {.test = ledger_account_has_no_iban_with_any_check_digits},
        {.test = ledger_account_as_iban_aborts, .signal = SIGABRT},
    };
    return test_main("iban", tests, COUNT_OF(tests));
}
