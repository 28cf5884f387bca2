/*
 * Money: int64 minor units and an ISO 4217 code. Never a float, no conversion between currencies.
 * On the wire an amount is an integer of minor units, at most 2^53-1, so that any JSON client reads
 * it exactly. Text for people ("1234.56") is made and read here and nowhere else.
 */
#ifndef TW_CORE_MONEY_H
#define TW_CORE_MONEY_H

#include <stdint.h>

#include "core/status.h"

#define TW_AMOUNT_MAX_MINOR INT64_C(9007199254740991)
#define TW_MONEY_TEXT_SIZE  32

struct tw_currency {
    char code[4]; /* "EUR" */
};

/* Three upper-case letters that ISO 4217 knows; *ret_exponent (may be NULL) is its minor unit. */
struct tw_status tw_currency_parse(const char *text, struct tw_currency *ret_currency,
                                   int *ret_exponent, struct tw_error *ret_error);
bool tw_currency_equal(struct tw_currency a, struct tw_currency b);

/* False on overflow, *ret_sum untouched. */
TW_MUST_USE bool tw_money_add(int64_t a_minor, int64_t b_minor, int64_t *ret_sum_minor);

/* "60", "60.5", "60.00" -> 6000. Refuses signs, exponents, too many decimals and > 2^53-1. */
struct tw_status tw_money_parse(const char *text, struct tw_currency currency,
                                int64_t *ret_amount_minor, struct tw_error *ret_error);
/* 123456 -> "1234.56"; negative with a leading '-'. buffer has TW_MONEY_TEXT_SIZE bytes. */
const char *tw_money_text(int64_t amount_minor, struct tw_currency currency, char *buffer);

#endif
