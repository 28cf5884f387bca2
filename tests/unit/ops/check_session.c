/* Card and PIN: the count of tries, what is told and what is not, sessions. The PIN block itself is
 * tested with tw_pin; here the item carries the PIN as if its block had been opened. */
#include "fixture.h"

static struct bank_item open_with(const char *pin) {
    struct bank_item item = new_item(&bank_op_session_open);
    item.request.session_open.expiry = 3012;
    (void)snprintf(item.request.session_open.pan, TW_PAN_TEXT_SIZE, "%s", PAN);
    (void)snprintf(item.pin.pin, sizeof item.pin.pin, "%s", pin);
    item.pin_valid = true;
    tw_keyring_pan_digest(services.keyring, PAN, item.pan_digest);
    memcpy(item.content_digest, item.request.header.txid.bytes, sizeof(struct tw_uuid));
    return item;
}

static const char *decide_open(struct bank_item *item) {
    item->phase = BANK_REQUEST;
    bank_decide_item(item, book);
    return tw_rc_digits(item->decision.rc);
}

static const char *try_pin(const char *pin) {
    struct bank_item item = open_with(pin);
    const char *rc = decide_open(&item);
    bank_item_clear(&item);
    return rc;
}

START_TEST(right_pin_opens_the_session_and_the_answer_carries_its_token) {
    struct bank_item item = open_with("1234");
    ck_assert_str_eq(decide_open(&item), "00");
    const struct bank_card *card = bank_book_card(book, CARD);
    ck_assert(tw_uuid_equal(&card->session, &item.request.header.txid));
    json_t *answer = answer_of(&item);
    const char *token = json_string_value(json_object_get(answer, "session"));
    struct tw_session_claims claims;
    ck_assert_ptr_nonnull(token);
    ck_assert(bank_token_unseal(services.keyring, BANK_CODE, token, &claims));
    ck_assert_int_eq(claims.card_id, CARD);
    ck_assert_int_eq(claims.terminal_id, TERMINAL);
    ck_assert_int_eq(claims.expires_ms, fake_wall_ms + services.session_idle_ms);
    ck_assert_ptr_null(json_object_get(answer, "expires_ms"));
    ck_assert_uint_eq(json_array_size(json_object_get(answer, "accounts")), 2);
    ck_assert_ptr_null(strstr(item.decision.detail, token));
    json_decref(answer);
    bank_item_clear(&item);
}
END_TEST

START_TEST(a_repeat_gets_the_same_token) {
    struct bank_item item = open_with("1234");
    ck_assert_str_eq(decide_open(&item), "00");
    struct bank_item repeat = open_with("1234");
    repeat.request = item.request;
    memcpy(repeat.content_digest, item.content_digest, sizeof repeat.content_digest);
    fake_wall_ms += 1000;
    ck_assert_str_eq(decide_open(&repeat), "00");
    ck_assert_int_eq(repeat.origin, BANK_STORED);
    json_t *first = answer_of(&item);
    json_t *second = answer_of(&repeat);
    ck_assert_str_eq(json_string_value(json_object_get(first, "session")),
                     json_string_value(json_object_get(second, "session")));
    json_decref(first);
    json_decref(second);
    bank_item_clear(&item);
    bank_item_clear(&repeat);
}
END_TEST

START_TEST(third_wrong_pin_blocks_the_card_for_the_right_pin_too) {
    ck_assert_str_eq(try_pin("0000"), "55");
    ck_assert_str_eq(try_pin("0001"), "55");
    ck_assert_str_eq(try_pin("0002"), "75");
    ck_assert_str_eq(try_pin("1234"), "75");
    ck_assert_int_eq(bank_book_card(book, CARD)->tries_left, 0);
}
END_TEST

START_TEST(right_pin_resets_the_count) {
    ck_assert_str_eq(try_pin("0000"), "55");
    ck_assert_str_eq(try_pin("0001"), "55");
    ck_assert_str_eq(try_pin("1234"), "00");
    ck_assert_str_eq(try_pin("0000"), "55");
}
END_TEST

START_TEST(a_repeated_wrong_pin_counts_once) {
    struct bank_item item = open_with("0000");
    ck_assert_str_eq(decide_open(&item), "55");
    struct bank_item repeat = open_with("0000");
    repeat.request = item.request;
    memcpy(repeat.content_digest, item.content_digest, sizeof repeat.content_digest);
    ck_assert_str_eq(decide_open(&repeat), "55");
    ck_assert_int_eq(bank_book_card(book, CARD)->tries_left, 2);
    bank_item_clear(&item);
    bank_item_clear(&repeat);
}
END_TEST

START_TEST(an_unknown_card_looks_like_a_wrong_pin) {
    for (int guess = 1; guess < BANK_PIN_TRIES; guess++) {
        struct bank_item unknown = open_with("1234");
        memset(unknown.pan_digest, 7, sizeof unknown.pan_digest);
        struct bank_item wrong = open_with("0000");
        ck_assert_str_eq(decide_open(&unknown), "55");
        ck_assert_str_eq(decide_open(&wrong), "55");
        ck_assert_str_eq(unknown.decision.detail, wrong.decision.detail);
        bank_item_clear(&unknown);
        bank_item_clear(&wrong);
    }
}
END_TEST

START_TEST(the_cards_state_is_told_only_after_the_right_pin) {
    bank_book_card(book, CARD)->status = 'L';
    ck_assert_str_eq(try_pin("0000"), "55");
    ck_assert_str_eq(try_pin("1234"), "41");
    bank_book_card(book, CARD)->status = 'S';
    ck_assert_str_eq(try_pin("1234"), "43");
    bank_book_card(book, CARD)->status = 'A';
    bank_book_card(book, CARD)->expiry = 2601;
    struct bank_item item = open_with("1234");
    item.request.session_open.expiry = 2601;
    ck_assert_str_eq(decide_open(&item), "54");
    bank_item_clear(&item);
}
END_TEST

START_TEST(lost_stolen_and_blocked_cards_are_retained) {
    bank_book_card(book, CARD)->status = 'L';
    struct bank_item item = open_with("1234");
    ck_assert_str_eq(decide_open(&item), "41");
    TW_JSON_OWNED json_t *answer = answer_of(&item);
    ck_assert(json_is_true(json_object_get(answer, "retain_card")));
    bank_item_clear(&item);
}
END_TEST

START_TEST(a_block_made_for_something_else_is_refused_and_counts_no_try) {
    struct bank_item item = open_with("1234");
    item.pin_valid = false;
    ck_assert_str_eq(decide_open(&item), "63");
    ck_assert_int_eq(bank_book_card(book, CARD)->tries_left, BANK_PIN_TRIES);
    bank_item_clear(&item);
}
END_TEST

START_TEST(a_card_of_an_unknown_issuer_has_no_route) {
    struct bank_item item = open_with("1234");
    (void)snprintf(item.request.session_open.pan, TW_PAN_TEXT_SIZE, "%s", "9999999912345674");
    ck_assert_str_eq(decide_open(&item), "92");
    ck_assert_int_eq(bank_book_card(book, CARD)->tries_left, BANK_PIN_TRIES);
    bank_item_clear(&item);
}
END_TEST

START_TEST(one_pin_tried_over_many_cards_stops_the_terminal) {
    for (int i = 0; i < BANK_TERMINAL_PIN_FAILURES_MAX; i++) {
        struct bank_item item = open_with("1234");
        memset(item.pan_digest, i + 1, sizeof item.pan_digest);
        ck_assert_str_eq(decide_open(&item), "55");
        bank_item_clear(&item);
    }
    ck_assert_str_eq(try_pin("1234"), "58");
}
END_TEST

START_TEST(the_pin_is_kept_for_another_run_and_wiped_with_the_item) {
    struct bank_item item = open_with("1234");
    ck_assert_str_eq(decide_open(&item), "00");
    ck_assert_str_eq(decide_open(&item), "00");
    bank_item_clear(&item);
    ck_assert_str_eq(item.pin.pin, "");
}
END_TEST

START_TEST(a_closed_session_is_void) {
    struct bank_item close_item = new_item(&bank_op_session_close);
    seal_session(close_item.request.session.session);
    ck_assert_str_eq(decide(&close_item), "00");
    ck_assert(!bank_book_card(book, CARD)->has_session);
    struct bank_item item = withdrawal(6000);
    ck_assert_str_eq(decide(&item), "63");
}
END_TEST

START_TEST(a_session_near_its_end_is_renewed) {
    struct bank_item item = withdrawal(6000);
    fake_wall_ms += 30000;
    ck_assert_str_eq(decide(&item), "00");
    char token[TW_SESSION_TEXT_SIZE];
    bank_renew_session(&item, &services, token);
    struct tw_session_claims claims;
    ck_assert(bank_token_unseal(services.keyring, BANK_CODE, token, &claims));
    ck_assert_int_eq(claims.expires_ms, fake_wall_ms + services.session_idle_ms);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = right_pin_opens_the_session_and_the_answer_carries_its_token},
        {.test = a_repeat_gets_the_same_token},
        {.test = third_wrong_pin_blocks_the_card_for_the_right_pin_too},
        {.test = right_pin_resets_the_count},
        {.test = a_repeated_wrong_pin_counts_once},
        {.test = an_unknown_card_looks_like_a_wrong_pin},
        {.test = the_cards_state_is_told_only_after_the_right_pin},
        {.test = lost_stolen_and_blocked_cards_are_retained},
        {.test = a_block_made_for_something_else_is_refused_and_counts_no_try},
        {.test = a_card_of_an_unknown_issuer_has_no_route},
        {.test = one_pin_tried_over_many_cards_stops_the_terminal},
        {.test = the_pin_is_kept_for_another_run_and_wiped_with_the_item},
        {.test = a_closed_session_is_void},
        {.test = a_session_near_its_end_is_renewed},
    };
    return test_main_with("session", tests, COUNT_OF(tests), fixture_setup, fixture_teardown);
}
