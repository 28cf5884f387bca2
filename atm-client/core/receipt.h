/*
 * Receipts as text: 40 columns of UTF-8 in the customer's language, at most one page. The paper
 * shows what its owner may lose in the street: the card number is masked. Written from an outcome
 * and nothing else, so that a copy can be made of an outcome that was read back from the journal.
 * Amounts are minor units; the caller owns the text.
 */
#ifndef ATM_CORE_RECEIPT_H
#define ATM_CORE_RECEIPT_H

#include "atm-client/core/terminal.h"

struct atm_receipt_head {
    int32_t terminal_id;
    const char *location;
    bool copy; /* marked as one, without the words that were for that moment */
};

/* In outcome->language; "" when the operation has no receipt. */
void atm_receipt_write(const struct atm_receipt_head *head, const struct atm_outcome *outcome,
                       char receipt[ATM_RECEIPT_SIZE]);

/* Of an operation in the journal, marked as a copy. */
struct tw_status atm_receipt_copy(struct atm_journal *journal, struct atm_receipt_head head,
                                  enum atm_language language, const struct atm_operation *operation,
                                  char receipt[ATM_RECEIPT_SIZE], struct tw_error *ret_error);

#endif
