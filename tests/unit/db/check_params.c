/* Binary parameters, byte by byte as PostgreSQL's array_recv reads them. */
#include <stdlib.h>
#include <string.h>

#include "db/params.h"
#include "support/suite.h"

static struct bank_params params;

static void setup(void) {
    params = (struct bank_params){0};
}

static void teardown(void) {
    bank_params_free(&params);
}

START_TEST(scalars_are_big_endian) {
    bank_params_i64(&params, INT64_C(0x0102030405060708));
    bank_params_i32(&params, -2);
    bank_params_text(&params, NULL);
    const char *values[BANK_PARAMS_MAX];
    bank_params_export(&params, values);
    ck_assert_int_eq(params.count, 3);
    ck_assert_int_eq(params.lengths[0], 8);
    ck_assert_mem_eq(values[0], "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    ck_assert_mem_eq(values[1], "\xff\xff\xff\xfe", 4);
    ck_assert_ptr_null(values[2]);
}
END_TEST

START_TEST(arrays_carry_type_length_and_nulls) {
    bank_params_array(&params, BANK_INT4, 2);
    bank_params_i32(&params, 7);
    bank_params_null(&params);
    const char *values[BANK_PARAMS_MAX];
    bank_params_export(&params, values);
    static const unsigned char expected[] = {0,  0, 0, 1, 0, 0, 0,    1,    0,    0,   0,
                                             23, 0, 0, 0, 2, 0, 0,    0,    1,    0,   0,
                                             0,  4, 0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff};
    ck_assert_int_eq(params.lengths[0], (int)sizeof expected);
    ck_assert_mem_eq(values[0], expected, sizeof expected);
}
END_TEST

START_TEST(an_empty_text_is_not_null) {
    bank_params_text(&params, "");
    const char *values[BANK_PARAMS_MAX];
    bank_params_export(&params, values);
    ck_assert_int_eq(params.lengths[0], 0);
    ck_assert_ptr_nonnull(values[0]);
}
END_TEST

START_TEST(empty_arrays_have_no_dimension) {
    bank_params_array(&params, BANK_INT8, 0);
    bank_params_i64(&params, 1);
    const char *values[BANK_PARAMS_MAX];
    bank_params_export(&params, values);
    static const unsigned char expected[] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 20};
    ck_assert_int_eq(params.lengths[0], (int)sizeof expected);
    ck_assert_mem_eq(values[0], expected, sizeof expected);
    ck_assert_int_eq(params.lengths[1], 8);
}
END_TEST

START_TEST(dates_count_from_the_year_2000) {
    bank_params_date(&params, 10957);
    const char *values[BANK_PARAMS_MAX];
    bank_params_export(&params, values);
    ck_assert_mem_eq(values[0], "\0\0\0\0", 4);
}
END_TEST

START_TEST(reset_keeps_nothing_of_the_last_use) {
    for (int i = 0; i < 1000; i++) {
        bank_params_array(&params, BANK_INT8, 100);
        for (int n = 0; n < 100; n++) {
            bank_params_i64(&params, n);
        }
        ck_assert_int_eq(params.count, 1);
        bank_params_reset(&params);
    }
    ck_assert_uint_eq(params.length, 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = scalars_are_big_endian},         {.test = arrays_carry_type_length_and_nulls},
        {.test = an_empty_text_is_not_null},      {.test = empty_arrays_have_no_dimension},
        {.test = dates_count_from_the_year_2000}, {.test = reset_keeps_nothing_of_the_last_use},
    };
    return test_main_with("params", tests, COUNT_OF(tests), setup, teardown);
}
