/* A closed window with the peer, in all stripes, beside the usual bank in memory. */
#ifndef TEST_OPS_CLEARING_FIXTURE_H
#define TEST_OPS_CLEARING_FIXTURE_H

#include "fixture.h"
#include "ops/clearing.h"

#define CLOSED (WINDOW - 1)

/* What the stripe's account holds, and how much of it was agreed. */
MAYBE_UNUSED static void put_stripe(int16_t stripe, int64_t balance, int64_t agreed) {
    (void)put_interbank(PEER, CLOSED, stripe, balance);
    bank_book_position(book, bank_interbank_account(PEER, CLOSED, stripe))->agreed_minor = agreed;
    for (size_t i = 0; i < book->exposure_count; i++) {
        if (book->exposures[i].stripe == stripe) {
            book->exposures[i].owed_minor += balance;
        }
    }
}

MAYBE_UNUSED static int64_t stripe_balance(int16_t stripe) {
    return balance(bank_interbank_account(PEER, CLOSED, stripe));
}

MAYBE_UNUSED static int64_t control(void) {
    return balance(bank_settlectl_account(CLOSED));
}

static void clearing_setup(void) {
    fixture_setup();
    (void)put_account(bank_settlectl_account(CLOSED), BANK_SETTLECTL, 0);
    (void)put_account(bank_ledger_account(BANK_SETTLE, 0), BANK_SETTLE, 0);
    (void)put_account(bank_ledger_account(BANK_BREAKS, 0), BANK_BREAKS, 0);
}

#endif
