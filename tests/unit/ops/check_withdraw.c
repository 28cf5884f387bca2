/* Deciding withdrawals: postings, declines, keys, sessions, limits. */
#include "fixture.h"

START_TEST(withdraw_posts_customer_against_dispense_clearing) {
    struct bank_item item = withdrawal(6000);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(item.origin, BANK_FRESH);
    ck_assert_int_eq(balance(ALICE), -94000);
    ck_assert_int_eq(clearing(), -6000);
    ck_assert_int_eq(sum_of_all(), 0);
    ck_assert_int_eq(item.decision.ledger_minor, 94000);
    ck_assert_int_eq(item.decision.entry_no, 1);
}
END_TEST

START_TEST(withdraw_declines_when_funds_are_insufficient_and_posts_nothing) {
    bank_book_account(book, ALICE)->balance_minor = -5999;
    struct bank_item item = withdrawal(6000);
    ck_assert_str_eq(decide(&item), "51");
    ck_assert_uint_eq(book->entry_count, 0);
    ck_assert_int_eq(balance(ALICE), -5999);
}
END_TEST

START_TEST(withdraw_uses_the_overdraft_to_the_last_cent) {
    bank_book_account(book, ALICE)->balance_minor = 0;
    bank_book_account(book, ALICE)->overdraft_minor = 6000;
    struct bank_item first = withdrawal(6000);
    ck_assert_str_eq(decide(&first), "00");
    struct bank_item second = withdrawal(1);
    ck_assert_str_eq(decide(&second), "51");
}
END_TEST

START_TEST(withdraw_declines_when_card_amount_limit_reached) {
    struct bank_item first = withdrawal(50000);
    ck_assert_str_eq(decide(&first), "00");
    struct bank_item second = withdrawal(1);
    ck_assert_str_eq(decide(&second), "61");
}
END_TEST

START_TEST(withdraw_declines_when_card_count_limit_reached) {
    for (int i = 0; i < 10; i++) {
        struct bank_item item = withdrawal(100);
        ck_assert_str_eq(decide(&item), "00");
    }
    struct bank_item item = withdrawal(100);
    ck_assert_str_eq(decide(&item), "65");
}
END_TEST

START_TEST(withdraw_counts_card_limits_anew_on_the_next_business_date) {
    struct bank_card *card = bank_book_card(book, CARD);
    card->usage_date = today - 1;
    card->used_minor = 50000;
    card->used_count = 10;
    struct bank_item item = withdrawal(6000);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(card->used_minor, 6000);
    ck_assert_int_eq(card->used_count, 1);
}
END_TEST

/* Else a reversal of yesterday's withdrawal in the same batch would give nothing back, while the
 * stored row still counts yesterday. */
START_TEST(withdraw_declined_on_a_new_business_date_stores_the_new_day) {
    struct bank_card *card = bank_book_card(book, CARD);
    card->usage_date = today - 1;
    card->used_minor = 20000;
    bank_book_account(book, ALICE)->balance_minor = 0;
    struct bank_item item = withdrawal(6000);
    ck_assert_str_eq(decide(&item), "51");
    ck_assert_int_eq(card->usage_date, today);
    ck_assert_int_eq(card->used_minor, 0);
    ck_assert(card->changed);
}
END_TEST

START_TEST(withdraw_declines_when_account_daily_limit_reached) {
    bank_book_account(book, ALICE)->daily_limit_minor = 10000;
    struct bank_item first = withdrawal(6000);
    ck_assert_str_eq(decide(&first), "00");
    struct bank_item second = withdrawal(4001);
    ck_assert_str_eq(decide(&second), "61");
    struct bank_item third = withdrawal(4000);
    ck_assert_str_eq(decide(&third), "00");
}
END_TEST

START_TEST(withdraw_refuses_account_that_is_not_the_cards) {
    struct bank_item item = withdrawal(6000);
    item.request.cash.account.account = BOB;
    ck_assert_str_eq(decide(&item), "77");
}
END_TEST

START_TEST(withdraw_refuses_account_number_of_another_bank) {
    struct bank_item item = withdrawal(6000);
    item.request.cash.account.bank_code = BANK_CODE + 1;
    ck_assert_str_eq(decide(&item), "77");
}
END_TEST

START_TEST(withdraw_refuses_ledger_account_even_if_linked) {
    bank_book_card(book, CARD)->accounts[0] = bank_atm_account(TERMINAL);
    struct bank_item item = withdrawal(6000);
    item.request.cash.account.account = bank_atm_account(TERMINAL);
    ck_assert_str_eq(decide(&item), "77");
}
END_TEST

START_TEST(withdraw_refuses_other_currency) {
    struct bank_item item = withdrawal(6000);
    item.request.cash.currency = (struct tw_currency){"USD"};
    ck_assert_str_eq(decide(&item), "12");
}
END_TEST

START_TEST(withdraw_refuses_blocked_account_and_cards_by_status) {
    static const struct {
        char status;
        const char *rc;
    } cases[] = {{'L', "41"}, {'S', "43"}, {'R', "62"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bank_book_card(book, CARD)->status = cases[i].status;
        struct bank_item item = withdrawal(6000);
        ck_assert_str_eq(decide(&item), cases[i].rc);
    }
    bank_book_card(book, CARD)->status = 'A';
    bank_book_card(book, CARD)->expiry = 2610;
    struct bank_item expired = withdrawal(6000);
    ck_assert_str_eq(decide(&expired), "54");
    bank_book_card(book, CARD)->expiry = 2611;
    bank_book_account(book, ALICE)->status = 'B';
    struct bank_item blocked = withdrawal(6000);
    ck_assert_str_eq(decide(&blocked), "62");
}
END_TEST

START_TEST(withdraw_answers_a_repeat_with_the_stored_decision) {
    struct bank_item item = withdrawal(6000);
    ck_assert_str_eq(decide(&item), "00");
    struct bank_item repeat = repeat_of(&item);
    ck_assert_str_eq(decide(&repeat), "00");
    ck_assert_int_eq(repeat.origin, BANK_STORED);
    ck_assert_int_eq(repeat.decision.entry_no, item.decision.entry_no);
    ck_assert_int_eq(balance(ALICE), -94000);
}
END_TEST

START_TEST(withdraw_never_turns_a_decline_into_an_approval) {
    bank_book_account(book, ALICE)->balance_minor = 0;
    struct bank_item item = withdrawal(6000);
    ck_assert_str_eq(decide(&item), "51");
    bank_book_account(book, ALICE)->balance_minor = -100000;
    struct bank_item repeat = repeat_of(&item);
    ck_assert_str_eq(decide(&repeat), "51");
    ck_assert_int_eq(repeat.origin, BANK_STORED);
}
END_TEST

START_TEST(withdraw_refuses_same_txid_with_other_content) {
    struct bank_item item = withdrawal(6000);
    ck_assert_str_eq(decide(&item), "00");
    struct bank_item other = repeat_of(&item);
    other.request.cash.amount = 7000;
    ck_assert_str_eq(decide(&other), "94");
    ck_assert_int_eq(other.origin, BANK_REFUSED);
    ck_assert_int_eq(balance(ALICE), -94000);
}
END_TEST

START_TEST(withdraw_refuses_same_stan_with_other_txid) {
    struct bank_item item = withdrawal(6000);
    ck_assert_str_eq(decide(&item), "00");
    struct bank_item other = withdrawal(7000);
    other.request.header.stan = item.request.header.stan;
    ck_assert_str_eq(decide(&other), "94");
    ck_assert_int_eq(other.origin, BANK_REFUSED);
}
END_TEST

START_TEST(withdraw_answers_the_same_after_the_session_was_closed) {
    struct bank_item item = withdrawal(6000);
    ck_assert_str_eq(decide(&item), "00");
    bank_book_card(book, CARD)->has_session = false;
    struct bank_item repeat = repeat_of(&item);
    ck_assert_str_eq(decide(&repeat), "00");
    struct bank_item fresh = withdrawal(6000);
    ck_assert_str_eq(decide(&fresh), "63");
}
END_TEST

START_TEST(withdraw_refuses_sessions_that_are_not_its_own) {
    struct bank_item forged = withdrawal(6000);
    forged.request.cash.session[10] ^= 1;
    ck_assert_str_eq(decide(&forged), "63");
    struct bank_item expired = withdrawal(6000);
    fake_wall_ms += 60001;
    ck_assert_str_eq(decide(&expired), "63");
    struct bank_item elsewhere = withdrawal(6000);
    struct bank_terminal *other = bank_book_add_terminal(book, TERMINAL + 1);
    other->status = 'A';
    other->signed_on = true;
    elsewhere.request.header.terminal_id = TERMINAL + 1;
    ck_assert_str_eq(decide(&elsewhere), "63");
    bank_book_card(book, CARD)->session = (struct tw_uuid){{0xBB}};
    struct bank_item replaced = withdrawal(6000);
    ck_assert_str_eq(decide(&replaced), "63");
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(withdraw_refuses_terminals_that_are_unknown_revoked_or_signed_off) {
    bank_book_terminal(book, TERMINAL)->signed_on = false;
    struct bank_item off = withdrawal(6000);
    ck_assert_str_eq(decide(&off), "58");
    bank_book_terminal(book, TERMINAL)->signed_on = true;
    bank_book_terminal(book, TERMINAL)->status = 'R';
    struct bank_item revoked = withdrawal(6000);
    ck_assert_str_eq(decide(&revoked), "58");
    struct bank_item unknown = withdrawal(6000);
    unknown.request.header.terminal_id = 4711;
    ck_assert_str_eq(decide(&unknown), "58");
}
END_TEST

START_TEST(withdraw_refuses_another_business_date_until_signed_on_again) {
    struct bank_item yesterday = withdrawal(6000);
    yesterday.request.header.business_date = today - 1;
    ck_assert_str_eq(decide(&yesterday), "90");
    struct bank_item tomorrow = withdrawal(6000);
    tomorrow.request.header.business_date = today + 1;
    ck_assert_str_eq(decide(&tomorrow), "90");
}
END_TEST

START_TEST(withdraw_never_overspends_in_any_order) {
    unsigned seed = (unsigned)getpid();
    (void)printf("seed %u\n", seed);
    bank_book_account(book, ALICE)->overdraft_minor = 500;
    bank_book_card(book, CARD)->daily_limit_minor = TW_AMOUNT_MAX_MINOR;
    bank_book_card(book, CARD)->daily_limit_count = 1000;
    for (int i = 0; i < 25; i++) {
        seed = seed * 1103515245 + 12345;
        struct bank_item item = withdrawal(1 + (int64_t)(seed >> 8) % 20000);
        int64_t before = bank_available_balance(bank_book_account(book, ALICE));
        bool approved = strcmp(decide(&item), "00") == 0;
        ck_assert_int_eq(approved, item.request.cash.amount <= before);
        ck_assert_int_ge(bank_available_balance(bank_book_account(book, ALICE)), 0);
        ck_assert_int_eq(sum_of_all(), 0);
    }
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = withdraw_posts_customer_against_dispense_clearing},
        {.test = withdraw_declines_when_funds_are_insufficient_and_posts_nothing},
        {.test = withdraw_uses_the_overdraft_to_the_last_cent},
        {.test = withdraw_declines_when_card_amount_limit_reached},
        {.test = withdraw_declines_when_card_count_limit_reached},
        {.test = withdraw_counts_card_limits_anew_on_the_next_business_date},
        {.test = withdraw_declined_on_a_new_business_date_stores_the_new_day},
        {.test = withdraw_declines_when_account_daily_limit_reached},
        {.test = withdraw_refuses_account_that_is_not_the_cards},
        {.test = withdraw_refuses_account_number_of_another_bank},
        {.test = withdraw_refuses_ledger_account_even_if_linked},
        {.test = withdraw_refuses_other_currency},
        {.test = withdraw_refuses_blocked_account_and_cards_by_status},
        {.test = withdraw_answers_a_repeat_with_the_stored_decision},
        {.test = withdraw_never_turns_a_decline_into_an_approval},
        {.test = withdraw_refuses_same_txid_with_other_content},
        {.test = withdraw_refuses_same_stan_with_other_txid},
        {.test = withdraw_answers_the_same_after_the_session_was_closed},
        {.test = withdraw_refuses_sessions_that_are_not_its_own},
        {.test = withdraw_refuses_terminals_that_are_unknown_revoked_or_signed_off},
        {.test = withdraw_refuses_another_business_date_until_signed_on_again},
        {.test = withdraw_never_overspends_in_any_order},
    };
    return test_main_with("withdraw", tests, COUNT_OF(tests), fixture_setup, fixture_teardown);
}
