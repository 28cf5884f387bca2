/*
 * IBAN (ISO 13616): German structure, DE + check digits + 8-digit bank code + 10-digit account
 * number. Bank codes of this network begin with 9, a clearing area that is assigned to nobody.
 * Inside a bank an account is its account number as int64; numbers below
 * TW_ACCOUNT_CUSTOMER_MIN belong to the bank's own ledger accounts and have no IBAN.
 */
#ifndef TW_CORE_IBAN_H
#define TW_CORE_IBAN_H

#include <stdint.h>

#include "core/status.h"

#define TW_IBAN_TEXT_SIZE       23
#define TW_ACCOUNT_CUSTOMER_MIN INT64_C(1000000000)
#define TW_ACCOUNT_CUSTOMER_MAX INT64_C(9999999999)

struct tw_iban {
    int32_t bank_code; /* eight digits, 90000001 */
    int64_t account;   /* ten digits */
};

/* Accepts the electronic format only (22 characters, no blanks); checks mod 97. */
struct tw_status tw_iban_parse(const char *text, struct tw_iban *ret_iban,
                               struct tw_error *ret_error);
const char *tw_iban_text(struct tw_iban iban, char buffer[TW_IBAN_TEXT_SIZE]);

#endif
