/* Chance of fleets: repeatable, distributed as it should be; cards that are in one terminal only.
 */
#include "atm-client/fleet/draw.h"

#include <stdio.h>
#include <string.h>

#include "atm-client/fleet/wallet.h"
#include "support/scratch.h"
#include "support/suite.h"

#define DRAWS 20000

START_TEST(same_seed_and_terminal_give_the_same_draws) {
    struct tw_seeded one = fleet_draw_seed(7, 1001);
    struct tw_seeded same = fleet_draw_seed(7, 1001);
    struct tw_seeded neighbour = fleet_draw_seed(7, 1002);
    struct tw_seeded other = fleet_draw_seed(8, 1001);
    const uint64_t first = tw_seeded_next(&one);
    ck_assert_uint_eq(first, tw_seeded_next(&same));
    ck_assert_uint_ne(first, tw_seeded_next(&neighbour));
    ck_assert_uint_ne(first, tw_seeded_next(&other));
}
END_TEST

START_TEST(chances_are_as_frequent_as_said) {
    struct tw_seeded random = fleet_draw_seed(1, 1);
    int hits = 0;
    for (int i = 0; i < DRAWS; i++)
        hits += fleet_draw_chance(&random, 100);
    ck_assert_int_ge(hits, DRAWS / 10 * 9 / 10);
    ck_assert_int_le(hits, DRAWS / 10 * 11 / 10);
    for (int i = 0; i < 1000; i++) {
        ck_assert(!fleet_draw_chance(&random, 0));
        ck_assert(fleet_draw_chance(&random, 1000));
    }
}
END_TEST

START_TEST(weights_decide_how_often_each_is_drawn) {
    const int64_t weights[] = {1, 0, 3};
    struct tw_seeded random = fleet_draw_seed(1, 1);
    int counts[3] = {0};
    for (int i = 0; i < DRAWS; i++)
        counts[fleet_draw_weighted(&random, weights, 3)]++;
    ck_assert_int_eq(counts[1], 0);
    ck_assert_int_ge(counts[0], DRAWS / 4 * 9 / 10);
    ck_assert_int_le(counts[0], DRAWS / 4 * 11 / 10);
}
END_TEST

/* Of an exponential distribution half lies below ln(2) = 0.693 of the mean. */
START_TEST(waits_are_exponential_and_bounded) {
    struct tw_seeded random = fleet_draw_seed(3, 1);
    int64_t sum = 0;
    int below = 0;
    for (int i = 0; i < DRAWS; i++) {
        const int64_t wait_ms = fleet_draw_wait_ms(&random, 1000);
        ck_assert_int_ge(wait_ms, 0);
        ck_assert_int_le(wait_ms, 8000);
        sum += wait_ms;
        below += wait_ms < 693;
    }
    ck_assert_int_ge(sum / DRAWS, 950);
    ck_assert_int_le(sum / DRAWS, 1050);
    ck_assert_int_ge(below, DRAWS / 2 * 95 / 100);
    ck_assert_int_le(below, DRAWS / 2 * 105 / 100);
    ck_assert_int_eq(fleet_draw_wait_ms(&random, 0), 0);
}
END_TEST

START_TEST(amounts_are_those_of_the_range_or_list) {
    struct fleet_amounts amounts;
    struct tw_seeded random = fleet_draw_seed(5, 1);
    bool seen[3] = {false};
    ck_assert(tw_ok(fleet_amounts_parse("2000-4000/1000", &amounts, NULL)));
    for (int i = 0; i < 1000; i++) {
        const int64_t amount = fleet_draw_amount(&random, &amounts);
        ck_assert(amount == 2000 || amount == 3000 || amount == 4000);
        seen[amount / 1000 - 2] = true;
    }
    ck_assert(seen[0] && seen[1] && seen[2]);
    ck_assert(tw_ok(fleet_amounts_parse("700 5", &amounts, NULL)));
    ck_assert_int_eq(fleet_amounts_most(&amounts), 700);
    for (int i = 0; i < 100; i++) {
        const int64_t amount = fleet_draw_amount(&random, &amounts);
        ck_assert(amount == 700 || amount == 5);
    }
}
END_TEST

/* --- cards ----------------------------------------------------------------------------------- */

static char own_file[TEST_PATH_SIZE];
static char other_file[TEST_PATH_SIZE];

static void list_cards(char file[TEST_PATH_SIZE], int32_t bank_code, int64_t count) {
    char text[4096] = "";
    size_t length = 0;
    for (int64_t i = 0; i < count; i++) {
        char pan[TW_PAN_TEXT_SIZE];
        char iban[TW_IBAN_TEXT_SIZE];
        (void)snprintf(pan, sizeof pan, "927600%02d%07d", (int)(bank_code % 100), (int)i);
        ck_assert(tw_pan_append_check_digit(pan, sizeof pan));
        length += (size_t)snprintf(
            text + length, sizeof text - length, "%s,3011,%s,1234\n", pan,
            tw_iban_text((struct tw_iban){bank_code, TW_ACCOUNT_CUSTOMER_MIN + i}, iban));
    }
    test_scratch_text(file, text);
}

static struct fleet_wallet load_wallet(size_t terminals) {
    struct fleet_wallet wallet;
    struct tw_error error = {0};
    list_cards(own_file, 90000001, 7);
    list_cards(other_file, 90000002, 4);
    char *files[] = {own_file, other_file};
    ck_assert_msg(tw_ok(fleet_wallet_load(files, 2, 90000001, terminals, &wallet, &error)), "%s",
                  error.detail);
    return wallet;
}

START_TEST(no_card_comes_to_two_terminals) {
    struct fleet_wallet wallet = load_wallet(3);
    struct tw_seeded random = fleet_draw_seed(1, 1);
    size_t terminal_of[2][7];
    memset(terminal_of, 0xff, sizeof terminal_of);
    for (int i = 0; i < 3000; i++) {
        struct fleet_card card;
        const size_t terminal = (size_t)i % 3;
        ck_assert(fleet_wallet_draw(&wallet, terminal, i % 2 == 0, &random, &card));
        size_t *place = &terminal_of[card.bank][card.index];
        ck_assert(*place == SIZE_MAX || *place == terminal);
        *place = terminal;
        ck_assert_int_eq(card.account.bank_code, 90000001 + (int)card.bank);
    }
    for (size_t i = 0; i < 7; i++)
        ck_assert_uint_ne(terminal_of[0][i], SIZE_MAX);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_ne(terminal_of[1][i], SIZE_MAX);
    fleet_wallet_free(&wallet);
}
END_TEST

START_TEST(retained_cards_do_not_come_again) {
    struct fleet_wallet wallet = load_wallet(7);
    struct tw_seeded random = fleet_draw_seed(1, 1);
    struct fleet_card card;
    ck_assert(fleet_wallet_draw(&wallet, 5, false, &random, &card));
    fleet_wallet_lose(&wallet, &card);
    ck_assert_uint_eq(fleet_wallet_lost(&wallet), 1);
    ck_assert(!fleet_wallet_draw(&wallet, 5, false, &random, &card));
    ck_assert(fleet_wallet_draw(&wallet, 6, false, &random, &card));
    fleet_wallet_free(&wallet);
}
END_TEST

START_TEST(payees_are_others_of_the_wanted_bank) {
    struct fleet_wallet wallet = load_wallet(1);
    struct tw_seeded random = fleet_draw_seed(1, 1);
    for (int i = 0; i < 1000; i++) {
        struct fleet_card card;
        struct tw_iban payee;
        ck_assert(fleet_wallet_draw(&wallet, 0, i % 2 == 0, &random, &card));
        ck_assert(fleet_wallet_payee(&wallet, &card, false, &random, &payee));
        ck_assert_int_eq(payee.bank_code, card.account.bank_code);
        ck_assert_int_ne(payee.account, card.account.account);
        ck_assert(fleet_wallet_payee(&wallet, &card, true, &random, &payee));
        ck_assert_int_ne(payee.bank_code, card.account.bank_code);
    }
    fleet_wallet_free(&wallet);
}
END_TEST

START_TEST(fewer_cards_than_terminals_are_refused) {
    struct fleet_wallet wallet;
    struct tw_error error = {0};
    list_cards(own_file, 90000001, 2);
    char *files[] = {own_file};
    ck_assert_int_eq(fleet_wallet_load(files, 1, 90000001, 3, &wallet, &error).code, TW_E_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.detail, "2 cards of bank 90000001 for 3 terminals"));
}
END_TEST

START_TEST(a_damaged_list_is_refused_without_its_content) {
    struct fleet_wallet wallet;
    struct tw_error error = {0};
    test_scratch_text(own_file, "9276000112345678,3011,DE00900000010000000001,4321\n");
    char *files[] = {own_file};
    ck_assert_int_eq(fleet_wallet_load(files, 1, 90000001, 1, &wallet, &error).code, TW_E_CONFIG);
    ck_assert_ptr_nonnull(strstr(error.detail, "line 1"));
    ck_assert_ptr_null(strstr(error.detail, "9276000112345678"));
    ck_assert_ptr_null(strstr(error.detail, "4321"));
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = same_seed_and_terminal_give_the_same_draws},
        {.test = chances_are_as_frequent_as_said},
        {.test = weights_decide_how_often_each_is_drawn},
        {.test = waits_are_exponential_and_bounded},
        {.test = amounts_are_those_of_the_range_or_list},
        {.test = no_card_comes_to_two_terminals},
        {.test = retained_cards_do_not_come_again},
        {.test = payees_are_others_of_the_wanted_bank},
        {.test = fewer_cards_than_terminals_are_refused},
        {.test = a_damaged_list_is_refused_without_its_content},
    };
    return test_main("fleet draw", tests, COUNT_OF(tests));
}
