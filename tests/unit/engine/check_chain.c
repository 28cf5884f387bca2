/* The hash chain: every field counts, and so does the order. */
#include <stdlib.h>
#include <string.h>

#include "engine/chain.h"
#include "support/suite.h"

static struct bank_chain *chain;

static void setup(void) {
    ck_assert(tw_ok(bank_chain_new(&chain, NULL)));
}

static void teardown(void) {
    bank_chain_free(chain);
}

static struct bank_decision sample_decision(void) {
    return (struct bank_decision){.txid = {{1, 2, 3}},
                                  .phase = BANK_REQUEST,
                                  .operation = BANK_TRANSFER,
                                  .acquirer = 90000001,
                                  .terminal_id = 17,
                                  .business_date = 20000,
                                  .stan = 5,
                                  .amount_minor = 600,
                                  .kept_minor = 0,
                                  .card_id = 9,
                                  .account_id = 1000000001,
                                  .to_account_id = 1000000002,
                                  .has_balance = true,
                                  .ledger_minor = 100,
                                  .available_minor = 200,
                                  .entry_no = 3,
                                  .rc = TW_RC_APPROVED};
}

static void digest_of(const struct bank_decision *decision, const struct bank_entry *entry,
                      int64_t batch_no, uint8_t ret_digest[TW_DIGEST_BYTES]) {
    static const uint8_t previous[TW_DIGEST_BYTES] = {42};
    bank_chain_begin(chain, previous, batch_no, 20000);
    bank_chain_decision(chain, decision);
    if (entry != NULL) {
        bank_chain_entry(chain, entry);
    }
    bank_chain_end(chain, ret_digest);
}

START_TEST(chain_is_a_function_of_its_input) {
    struct bank_decision decision = sample_decision();
    uint8_t first[TW_DIGEST_BYTES];
    uint8_t second[TW_DIGEST_BYTES];
    digest_of(&decision, NULL, 1, first);
    digest_of(&decision, NULL, 1, second);
    ck_assert_mem_eq(first, second, sizeof first);
    digest_of(&decision, NULL, 2, second);
    ck_assert_mem_ne(first, second, sizeof first);
}
END_TEST

#define CHANGED(change)                                                                            \
    do {                                                                                           \
        struct bank_decision other = sample_decision();                                            \
        uint8_t digest[TW_DIGEST_BYTES];                                                           \
        other.change;                                                                              \
        digest_of(&other, NULL, 1, digest);                                                        \
        ck_assert_mem_ne(digest, original, sizeof digest);                                         \
    } while (0)

START_TEST(chain_changes_with_every_field_of_a_decision) {
    struct bank_decision decision = sample_decision();
    uint8_t original[TW_DIGEST_BYTES];
    digest_of(&decision, NULL, 1, original);
    char detail[] = "{}";
    CHANGED(txid.bytes[15] = 1);
    CHANGED(phase = BANK_REVERSAL);
    CHANGED(operation = BANK_DEPOSIT);
    CHANGED(acquirer = 90000002);
    CHANGED(terminal_id = 18);
    CHANGED(business_date = 20001);
    CHANGED(stan = 6);
    CHANGED(amount_minor = 601);
    CHANGED(kept_minor = 1);
    CHANGED(card_id = 0);
    CHANGED(account_id = 1000000003);
    CHANGED(to_account_id = 0);
    CHANGED(has_balance = false);
    CHANGED(ledger_minor = 101);
    CHANGED(available_minor = 201);
    CHANGED(entry_no = 4);
    CHANGED(rc = TW_RC_INSUFFICIENT_FUNDS);
    CHANGED(content_digest[31] = 1);
    CHANGED(detail = detail);
    CHANGED(item_no = 1);
}
END_TEST

START_TEST(chain_changes_with_every_field_of_an_entry) {
    struct bank_decision decision = sample_decision();
    const struct bank_entry entry = {
        .account_id = 1, .entry_no = 2, .amount_minor = 3, .balance_minor = 4};
    uint8_t original[TW_DIGEST_BYTES];
    uint8_t digest[TW_DIGEST_BYTES];
    digest_of(&decision, &entry, 1, original);
    digest_of(&decision, NULL, 1, digest);
    ck_assert_mem_ne(digest, original, sizeof digest);
    for (int field = 0; field < 4; field++) {
        struct bank_entry other = entry;
        int64_t *fields[] = {&other.account_id, &other.entry_no, &other.amount_minor,
                             &other.balance_minor};
        (*fields[field])++;
        digest_of(&decision, &other, 1, digest);
        ck_assert_mem_ne(digest, original, sizeof digest);
    }
}
END_TEST

START_TEST(genesis_depends_on_lane_and_anchors) {
    struct bank_anchor anchor = {.lane_id = 5, .batch_no = 6};
    uint8_t none[TW_DIGEST_BYTES];
    uint8_t one[TW_DIGEST_BYTES];
    uint8_t other[TW_DIGEST_BYTES];
    bank_chain_genesis(chain, 1, NULL, 0, none);
    bank_chain_genesis(chain, 1, &anchor, 1, one);
    anchor.digest[0] = 1;
    bank_chain_genesis(chain, 1, &anchor, 1, other);
    ck_assert_mem_ne(none, one, sizeof none);
    ck_assert_mem_ne(other, one, sizeof one);
    bank_chain_genesis(chain, 2, NULL, 0, other);
    ck_assert_mem_ne(none, other, sizeof none);
}
END_TEST

START_TEST(chain_takes_details_longer_than_its_buffer) {
    struct bank_decision decision = sample_decision();
    char *detail = calloc(1, 10001);
    ck_assert_ptr_nonnull(detail);
    memset(detail, 'x', 10000);
    decision.detail = detail;
    uint8_t first[TW_DIGEST_BYTES];
    uint8_t second[TW_DIGEST_BYTES];
    digest_of(&decision, NULL, 1, first);
    detail[9999] = 'y';
    digest_of(&decision, NULL, 1, second);
    ck_assert_mem_ne(first, second, sizeof first);
    free(detail);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = chain_is_a_function_of_its_input},
        {.test = chain_changes_with_every_field_of_a_decision},
        {.test = chain_changes_with_every_field_of_an_entry},
        {.test = genesis_depends_on_lane_and_anchors},
        {.test = chain_takes_details_longer_than_its_buffer},
    };
    return test_main_with("chain", tests, COUNT_OF(tests), setup, teardown);
}
