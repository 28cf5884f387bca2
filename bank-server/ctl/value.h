/*
 * Reads the values operators type: numbers, amounts, dates, accounts, PINs. Strict: the whole text
 * or nothing. Errors are INVALID_PARAMS and name the value, never a PIN.
 */
#ifndef BANK_CTL_VALUE_H
#define BANK_CTL_VALUE_H

#include <stdint.h>

#include "core/money.h"
#include "core/pan.h"
#include "desk/value.h"
#include "pin/pin_block.h"

/* An account of this bank: its IBAN, or the number itself (ledger accounts have only that). */
struct tw_status ctl_parse_account(const char *text, int32_t bank_code, int64_t *ret_account,
                                   struct tw_error *ret_error);

/* "1000000001,DE..." -> at most TW_ACCOUNTS_MAX accounts, none twice. */
struct tw_status ctl_parse_accounts(const char *text, int32_t bank_code, int64_t *ret_accounts,
                                    size_t *ret_count, struct tw_error *ret_error);

/* "YYMM" with a month of 01 to 12. */
struct tw_status ctl_parse_expiry(const char *text, int32_t *ret_expiry,
                                  struct tw_error *ret_error);

/* Ids of issued cards have 19 digits whose last is no Luhn check digit; see card_make.c. */
#define CTL_CARD_ID_DIGITS 19

/* A card's id. What may be a card number is refused, and the error says where to give it. */
struct tw_status ctl_parse_card_id(const char *text, int64_t *ret_id, struct tw_error *ret_error);

/* Four to twelve digits (ISO 9564). */
bool ctl_pin_valid(const char *pin);

#endif
