/* The prefix routes, the seal authorises. */
#include "fixture.h"
#include "ops/session_token.h"

START_TEST(token_names_its_issuer) {
    struct tw_session_claims claims = claims_of_card();
    struct tw_session_claims back;
    char token[TW_SESSION_TEXT_SIZE];
    bank_token_seal(keyring, BANK_CODE, &claims, token);
    ck_assert_int_eq(bank_token_issuer(token), BANK_CODE);
    ck_assert(bank_token_unseal(keyring, BANK_CODE, token, &back));
    ck_assert_int_eq(back.card_id, CARD);
}
END_TEST

START_TEST(token_of_another_bank_is_not_ours) {
    struct tw_session_claims claims = claims_of_card();
    struct tw_session_claims back;
    char token[TW_SESSION_TEXT_SIZE];
    bank_token_seal(keyring, PEER, &claims, token);
    ck_assert_int_eq(bank_token_issuer(token), PEER);
    ck_assert(!bank_token_unseal(keyring, BANK_CODE, token, &back));
}
END_TEST

static const char *const nameless[] = {
    "", ".", "90000001", "9000000.x", "900000012.x", "9000000a.x", "AZNIn3o8fe-BI0V"};

START_TEST(text_without_a_bank_code_has_no_issuer) {
    struct tw_session_claims back;
    ck_assert_int_eq(bank_token_issuer(nameless[_i]), 0);
    ck_assert(!bank_token_unseal(keyring, BANK_CODE, nameless[_i], &back));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = token_names_its_issuer},
        {.test = token_of_another_bank_is_not_ours},
        {.test = text_without_a_bank_code_has_no_issuer, .rows = COUNT_OF(nameless)},
    };
    return test_main_with("session token", tests, COUNT_OF(tests), fixture_setup, fixture_teardown);
}
