/* core/money: integers only, the exponent of each currency, nothing beyond 2^53-1. */
#include <string.h>

#include "core/money.h"
#include "support/suite.h"

static struct tw_currency currency(const char *code) {
    struct tw_currency made;
    ck_assert(tw_ok(tw_currency_parse(code, &made, NULL, NULL)));
    return made;
}

static const struct {
    const char *code;
    int exponent;
} currencies[] = {
#define TW_CURRENCY(code, exponent) {code, exponent},
#include "core/currency.def"
#undef TW_CURRENCY
};

START_TEST(every_currency_of_the_table_is_found) {
    struct tw_currency found;
    int exponent = -1;
    ck_assert(tw_ok(tw_currency_parse(currencies[_i].code, &found, &exponent, NULL)));
    ck_assert_str_eq(found.code, currencies[_i].code);
    ck_assert_int_eq(exponent, currencies[_i].exponent);
}
END_TEST

START_TEST(table_is_sorted_and_unique) {
    for (size_t i = 1; i < COUNT_OF(currencies); i++) {
        ck_assert_int_lt(strcmp(currencies[i - 1].code, currencies[i].code), 0);
    }
}
END_TEST

static const struct {
    const char *code;
    int exponent;
} known[] = {{"EUR", 2}, {"USD", 2}, {"JPY", 0}, {"KWD", 3}, {"CLF", 4}, {"ISK", 0}, {"CHF", 2}};

START_TEST(exponents_are_those_of_iso_4217) {
    struct tw_currency found;
    int exponent = -1;
    ck_assert(tw_ok(tw_currency_parse(known[_i].code, &found, &exponent, NULL)));
    ck_assert_int_eq(exponent, known[_i].exponent);
}
END_TEST

static const char *const no_currencies[] = {"",    "E",   "EU",  "eur", "EURO",
                                            "XTS", "DEM", "AAA", "ZZZ"};

START_TEST(other_codes_are_refused) {
    struct tw_currency untouched = {"EUR"};
    ck_assert(!tw_ok(tw_currency_parse(no_currencies[_i], &untouched, NULL, NULL)));
    ck_assert_str_eq(untouched.code, "EUR");
}
END_TEST

static const struct {
    const char *code;
    const char *text;
    int64_t minor;
} amounts[] = {
    {"EUR", "60", 6000},
    {"EUR", "60.5", 6050},
    {"EUR", "60.00", 6000},
    {"EUR", "0", 0},
    {"EUR", "0.01", 1},
    {"EUR", "007", 700},
    {"JPY", "60", 60},
    {"KWD", "1.234", 1234},
    {"KWD", "1.2", 1200},
    {"EUR", "90071992547409.91", TW_AMOUNT_MAX_MINOR},
    {"JPY", "9007199254740991", TW_AMOUNT_MAX_MINOR},
};

START_TEST(amounts_are_read_to_minor_units) {
    int64_t minor = -1;
    struct tw_error error;
    const struct tw_status status =
        tw_money_parse(amounts[_i].text, currency(amounts[_i].code), &minor, &error);
    ck_assert_msg(tw_ok(status), "%s", amounts[_i].text);
    ck_assert_int_eq(minor, amounts[_i].minor);
}
END_TEST

static const struct {
    const char *code;
    const char *text;
} no_amounts[] = {
    {"EUR", ""},
    {"EUR", "."},
    {"EUR", "1."},
    {"EUR", ".5"},
    {"EUR", "-1"},
    {"EUR", "+1"},
    {"EUR", "1e2"},
    {"EUR", "1,00"},
    {"EUR", " 1"},
    {"EUR", "1 "},
    {"EUR", "1.234"},
    {"EUR", "1.2.3"},
    {"JPY", "1.0"},
    {"JPY", "1."},
    {"EUR", "0x10"},
    {"EUR", "1.2a"},
    {"EUR", "nan"},
    {"EUR", "90071992547409.92"},
    {"JPY", "9007199254740992"},
    {"EUR", "9007199254740991"},
    {"EUR", "99999999999999999999999999"},
    {"EUR", "1\n"},
};

START_TEST(other_text_is_no_amount) {
    int64_t minor = -1;
    ck_assert_msg(
        !tw_ok(tw_money_parse(no_amounts[_i].text, currency(no_amounts[_i].code), &minor, NULL)),
        "%s", no_amounts[_i].text);
    ck_assert_int_eq(minor, -1);
}
END_TEST

static const struct {
    const char *code;
    int64_t minor;
    const char *text;
} texts[] = {
    {"EUR", 123456, "1234.56"},
    {"EUR", 0, "0.00"},
    {"EUR", 5, "0.05"},
    {"EUR", -5, "-0.05"},
    {"EUR", -123456, "-1234.56"},
    {"JPY", 0, "0"},
    {"JPY", -7, "-7"},
    {"KWD", 1, "0.001"},
    {"CLF", 12345, "1.2345"},
    {"EUR", INT64_MAX, "92233720368547758.07"},
    {"EUR", INT64_MIN, "-92233720368547758.08"},
    {"JPY", INT64_MIN, "-9223372036854775808"},
};

START_TEST(amounts_are_written_with_the_currencys_decimals) {
    char buffer[TW_MONEY_TEXT_SIZE];
    ck_assert_str_eq(tw_money_text(texts[_i].minor, currency(texts[_i].code), buffer),
                     texts[_i].text);
}
END_TEST

START_TEST(addition_tells_overflow_and_leaves_the_sum) {
    int64_t sum = 42;
    ck_assert(!tw_money_add(INT64_MAX, 1, &sum));
    ck_assert(!tw_money_add(INT64_MIN, -1, &sum));
    ck_assert_int_eq(sum, 42);
    ck_assert(tw_money_add(INT64_MAX, INT64_MIN, &sum));
    ck_assert_int_eq(sum, -1);
}
END_TEST

START_TEST(currencies_are_equal_by_code) {
    ck_assert(tw_currency_equal(currency("EUR"), currency("EUR")));
    ck_assert(!tw_currency_equal(currency("EUR"), currency("USD")));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = every_currency_of_the_table_is_found, .rows = COUNT_OF(currencies)},
        {.test = table_is_sorted_and_unique},
        {.test = exponents_are_those_of_iso_4217, .rows = COUNT_OF(known)},
        {.test = other_codes_are_refused, .rows = COUNT_OF(no_currencies)},
        {.test = amounts_are_read_to_minor_units, .rows = COUNT_OF(amounts)},
        {.test = other_text_is_no_amount, .rows = COUNT_OF(no_amounts)},
        {.test = amounts_are_written_with_the_currencys_decimals, .rows = COUNT_OF(texts)},
        {.test = addition_tells_overflow_and_leaves_the_sum},
        {.test = currencies_are_equal_by_code},
    };
    return test_main("money", tests, COUNT_OF(tests));
}
