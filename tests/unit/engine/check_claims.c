/* What lanes know about each other's accounts. */
#include <stdlib.h>

#include "engine/claims.h"
#include "support/suite.h"

static struct bank_claims *claims;

static void setup(void) {
    ck_assert_int_eq(bank_claims_new(2, 10, &claims, NULL).code, TW_E_NONE);
}

static void teardown(void) {
    bank_claims_free(claims);
}

static const int64_t alice[] = {1000000001}, both[] = {1000000001, 1000000002},
                     bob[] = {1000000002};

START_TEST(an_account_of_another_lanes_batch_blocks_until_it_is_over) {
    bank_claims_begin(claims, 0);
    bank_claims_take(claims, 0, alice, 1);
    bank_claims_begin(claims, 1);
    ck_assert(bank_claims_blocked(claims, 1, both, 2));
    ck_assert(!bank_claims_blocked(claims, 1, bob, 1));
    bank_claims_end(claims, 0);
    ck_assert(!bank_claims_blocked(claims, 1, both, 2));
}
END_TEST

START_TEST(a_lane_does_not_block_itself) {
    bank_claims_begin(claims, 0);
    bank_claims_take(claims, 0, both, 2);
    ck_assert(!bank_claims_blocked(claims, 0, both, 2));
}
END_TEST

START_TEST(what_comes_behind_a_passed_item_for_the_same_account_is_blocked_too) {
    bank_claims_begin(claims, 1);
    bank_claims_take(claims, 1, alice, 1);
    bank_claims_begin(claims, 0);
    ck_assert(bank_claims_blocked(claims, 0, both, 2));
    bank_claims_pass(claims, both, 2);
    ck_assert(bank_claims_blocked(claims, 0, bob, 1));
    bank_claims_begin(claims, 0);
    ck_assert(!bank_claims_blocked(claims, 0, bob, 1));
    ck_assert(bank_claims_blocked(claims, 0, alice, 1));
}
END_TEST

START_TEST(claims_beyond_the_room_are_forgotten) {
    bank_claims_begin(claims, 0);
    for (int64_t id = 1; id <= 1000; id++) {
        bank_claims_take(claims, 0, &id, 1);
    }
    const int64_t first[] = {1}, last[] = {1000};
    ck_assert(bank_claims_blocked(claims, 1, first, 1));
    ck_assert(!bank_claims_blocked(claims, 1, last, 1));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = an_account_of_another_lanes_batch_blocks_until_it_is_over},
        {.test = a_lane_does_not_block_itself},
        {.test = what_comes_behind_a_passed_item_for_the_same_account_is_blocked_too},
        {.test = claims_beyond_the_room_are_forgotten},
    };
    return test_main_with("claims", tests, COUNT_OF(tests), setup, teardown);
}
