/* A foreign card at our terminal: the mirror of what its issuer decided, and how it is undone. */
#include "fixture.h"
#include "ops/acquirer.h"

#define FEES 250

/* The terminal's request, with the issuer's answer that the flow puts to it. */
static struct bank_item booking(const struct bank_op *op, int64_t amount) {
    struct bank_item item = new_item(op);
    item.request.cash.account = (struct tw_iban){PEER, 1};
    item.request.cash.amount = amount;
    item.request.cash.currency = (struct tw_currency){"EUR"};
    item.peer_answer.peer = PEER;
    item.peer_answer.posting.amount = amount;
    item.peer_answer.posting.window_no = WINDOW;
    item.peer_answer.posting.ledger_balance = 4711;
    return item;
}

static struct bank_item withdrawal_of(int64_t amount) {
    struct bank_item item = booking(&bank_op_acquirer_withdraw, amount);
    item.request.cash.fees = (struct tw_fees){.surcharge = 200, .interchange = 50};
    item.peer_answer.posting.surcharge = 200;
    item.peer_answer.posting.interchange = 50;
    return item;
}

static struct bank_item timeout_of(const struct bank_item *booked) {
    struct bank_item item = repeat_of(booked);
    item.op = &bank_op_acquirer_withdraw_timeout;
    item.peer_answer.peer = PEER;
    return item;
}

static struct bank_item reverse(const struct bank_item *booked, int64_t dispensed) {
    struct bank_item item = reversal_of(booked, &bank_op_withdraw_reverse, dispensed);
    item.request.reverse.account = booked->request.cash.account;
    return item;
}

/* The issuer's acknowledgement of a reversal of `amount` whose original was booked there. */
static struct bank_item acknowledgement(const struct bank_item *booked, int64_t amount,
                                        int64_t fees) {
    struct bank_item item = {.op = &bank_op_acquirer_reversed, .acquirer = BANK_CODE};
    item.request.reverse.header = booked->request.header;
    item.peer_answer.peer = PEER;
    item.peer_answer.posting.amount = amount;
    item.peer_answer.posting.surcharge = fees > 0 ? 200 : 0;
    item.peer_answer.posting.interchange = fees > 0 ? 50 : 0;
    item.peer_answer.posting.window_no = WINDOW;
    (void)snprintf(item.peer_answer.posting.original_rc, 3, "00");
    item.peer_answer.posting.original_amount = booked->request.cash.amount + FEES;
    item.peer_answer.posting.original_window_no = WINDOW;
    return item;
}

START_TEST(approval_is_mirrored_with_the_issuers_stamp) {
    ITEM item = withdrawal_of(10000);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(interbank(PEER), 10250);
    ck_assert_int_eq(owed_by(PEER), 10250);
    ck_assert_int_eq(clearing(), -10000);
    ck_assert_int_eq(balance(bank_ledger_account(BANK_FEEINC, 0)), -FEES);
    ck_assert_int_eq(sum_of_all(), 0);
    json_t *answer = answer_of(&item);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "ledger_balance")), 4711);
    ck_assert_ptr_null(json_object_get(answer, "window_no"));
    json_decref(answer);
}
END_TEST

START_TEST(answer_that_is_not_what_was_asked_is_undone) {
    for (int fault = 0; fault < 3; fault++) {
        ITEM item = withdrawal_of(10000);
        item.peer_answer.posting.amount += fault == 0 ? 1 : 0;
        item.peer_answer.posting.interchange += fault == 1 ? 1 : 0;
        item.peer_answer.posting.window_no = fault == 2 ? 99999999 : WINDOW;
        ck_assert_str_eq(decide(&item), "91");
        ck_assert_int_eq(item.message.peer, PEER);
        ck_assert_str_eq(item.message.method, "withdrawal.reverse");
    }
    ck_assert_uint_eq(book->entry_count, 0);
    ck_assert_uint_eq(book->saf_count, 3);
}
END_TEST

START_TEST(issuer_at_its_limit_is_undone) {
    ITEM item = withdrawal_of(1000000 - FEES + 1);
    ck_assert_str_eq(decide(&item), "91");
    ck_assert_int_eq(item.message.peer, PEER);
    ITEM fits = withdrawal_of(1000000 - FEES);
    ck_assert_str_eq(decide(&fits), "00");
    ck_assert_int_eq(owed_by(PEER), 1000000);
}
END_TEST

START_TEST(timeout_declines_and_stores_the_reversal_in_one) {
    ITEM item = withdrawal_of(10000);
    ITEM timeout = timeout_of(&item);
    ck_assert_str_eq(decide(&timeout), "91");
    ck_assert_uint_eq(book->saf_count, 1);
    ck_assert_int_eq(book->saf[0].phase, BANK_REVERSAL);
    ck_assert_ptr_nonnull(bank_book_decision(book, &item.request.header.txid, BANK_REVERSAL));
    ck_assert_str_eq(decide(&item), "91"); /* the late approval finds the decline */
    ck_assert_int_eq(item.origin, BANK_STORED);
    ck_assert_uint_eq(book->entry_count, 0);
    ITEM reversal = reverse(&item, 0); /* and the terminal's own reversal is acknowledged */
    ck_assert_str_eq(decide(&reversal), "00");
    ck_assert_uint_eq(book->saf_count, 1);
}
END_TEST

START_TEST(what_the_check_refuses_is_stored_and_reversed_too) {
    ITEM booked = withdrawal_of(10000);
    ITEM refused = timeout_of(&booked);
    refused.peer_answer.posting.outcome.rc = TW_RC_CUT_OVER;
    ck_assert_str_eq(decide(&refused), "90");
    ck_assert_int_eq(refused.message.peer, PEER);
    ITEM repeated = timeout_of(&booked);
    ck_assert_str_eq(decide(&repeated), "90");
}
END_TEST

START_TEST(terminals_reversal_keeps_the_clearing_open_until_it_is_acknowledged) {
    ITEM item = withdrawal_of(10000);
    ck_assert_str_eq(decide(&item), "00");
    ITEM reversal = reverse(&item, 6000);
    ck_assert_str_eq(decide(&reversal), "00");
    ck_assert_int_eq(clearing(), -4000);
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 500000 - 6000);
    ck_assert_int_eq(interbank(PEER), 10250);
    ck_assert_uint_eq(book->saf_count, 1);
    ITEM ack = acknowledgement(&item, 4000, 0);
    ck_assert_str_eq(decide(&ack), "00");
    ck_assert_int_eq(clearing(), 0);
    ck_assert_int_eq(interbank(PEER), 6250);
    ck_assert_int_eq(balance(bank_ledger_account(BANK_FEEINC, 0)), -FEES);
    ck_assert_ptr_null(book->saf[1].method); /* the stored message is done with */
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(full_reversal_gives_the_fees_back) {
    ITEM item = withdrawal_of(10000);
    ck_assert_str_eq(decide(&item), "00");
    ITEM reversal = reverse(&item, 0);
    ck_assert_str_eq(decide(&reversal), "00");
    ITEM ack = acknowledgement(&item, 10000, FEES);
    ck_assert_str_eq(decide(&ack), "00");
    ck_assert_int_eq(interbank(PEER), 0);
    ck_assert_int_eq(owed_by(PEER), 0);
    ck_assert_int_eq(clearing(), 0);
    ck_assert_int_eq(balance(bank_ledger_account(BANK_FEEINC, 0)), 0);
}
END_TEST

START_TEST(acknowledgement_that_contradicts_the_book_is_a_break) {
    ITEM item = withdrawal_of(10000);
    ck_assert_str_eq(decide(&item), "00");
    ITEM reversal = reverse(&item, 0);
    ck_assert_str_eq(decide(&reversal), "00");
    ITEM ack = acknowledgement(&item, 9999, FEES);
    ck_assert_str_eq(decide(&ack), "95");
    ck_assert_int_eq(clearing(), -10000);
    ck_assert_int_eq(interbank(PEER), 10250);
}
END_TEST

START_TEST(original_that_only_the_issuer_booked_is_mirrored_with_its_reversal) {
    ITEM item = withdrawal_of(10000);
    ITEM timeout = timeout_of(&item);
    ck_assert_str_eq(decide(&timeout), "91");
    ITEM ack = acknowledgement(&item, 10000, FEES);
    ack.peer_answer.posting.original_window_no = WINDOW - 1;
    (void)put_account(bank_interbank_account(PEER, WINDOW - 1, book->stripe), BANK_IB, 0);
    ck_assert_str_eq(decide(&ack), "00");
    ck_assert_int_eq(interbank(PEER), -10250);
    ck_assert_int_eq(balance(bank_interbank_account(PEER, WINDOW - 1, book->stripe)), 10250);
    ck_assert_int_eq(owed_by(PEER), 0);
    ck_assert_int_eq(clearing(), 0);
}
END_TEST

START_TEST(original_that_nobody_booked_needs_no_mirror) {
    ITEM item = withdrawal_of(10000);
    ITEM timeout = timeout_of(&item);
    ck_assert_str_eq(decide(&timeout), "91");
    ITEM ack = acknowledgement(&item, 0, 0);
    ack.peer_answer.posting = (struct tw_posting_result){.outcome.rc = TW_RC_ORIGINAL_NOT_FOUND};
    ck_assert_str_eq(decide(&ack), "25");
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(reversal_without_its_original_goes_to_the_issuer_it_names) {
    ITEM item = withdrawal_of(10000);
    ITEM reversal = reverse(&item, 0);
    ck_assert_str_eq(decide(&reversal), "00");
    ck_assert_int_eq(reversal.message.peer, PEER);
    ck_assert_str_eq(decide(&item), "94"); /* an answer that still comes finds the key taken */
    ITEM nobody = withdrawal_of(10000);
    nobody.request.cash.account.bank_code = PEER + 7;
    ITEM lost = reverse(&nobody, 0);
    ck_assert_str_eq(decide(&lost), "25");
    ck_assert_int_eq(lost.message.peer, 0);
}
END_TEST

START_TEST(deposit_is_owed_to_the_issuer_and_given_back_by_way_of_deppend) {
    ITEM item = booking(&bank_op_acquirer_deposit, 30000);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(interbank(PEER), -30000);
    ck_assert_int_eq(balance(bank_atm_account(TERMINAL)), 530000);
    ITEM reversal = reversal_of(&item, &bank_op_deposit_reverse, 0);
    reversal.request.reverse.account = item.request.cash.account;
    ck_assert_str_eq(decide(&reversal), "00");
    ck_assert_int_eq(balance(bank_ledger_account(BANK_DEPPEND, 0)), 30000);
    ITEM ack = acknowledgement(&item, 30000, 0);
    ack.peer_answer.posting.original_amount = 30000;
    ck_assert_str_eq(decide(&ack), "00");
    ck_assert_int_eq(balance(bank_ledger_account(BANK_DEPPEND, 0)), 0);
    ck_assert_int_eq(interbank(PEER), 0);
}
END_TEST

START_TEST(fee_is_booked_once_and_its_inquiry_forgotten_every_time) {
    ITEM item = booking(&bank_op_acquirer_fee, 2500);
    item.peer_answer.posting.surcharge = 200;
    item.peer_answer.posting.interchange = 50;
    item.peer_answer.asked = (struct tw_fees){.surcharge = 200, .interchange = 50};
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(interbank(PEER), FEES);
    ck_assert_int_eq(balance(bank_ledger_account(BANK_FEEINC, 0)), -FEES);
    ck_assert_uint_eq(book->saf_count, 1);
    ITEM again = repeat_of(&item);
    again.peer_answer = item.peer_answer;
    ck_assert_str_eq(decide(&again), "00");
    ck_assert_int_eq(again.origin, BANK_STORED);
    ck_assert_int_eq(interbank(PEER), FEES);
    ck_assert_uint_eq(book->saf_count, 2);
    ck_assert_ptr_null(book->saf[1].method);
}
END_TEST

START_TEST(fee_that_was_not_asked_for_is_not_booked_and_asked_again) {
    static const struct tw_fees lies[] = {{.surcharge = 201, .interchange = 50},
                                          {.surcharge = 200, .interchange = 49},
                                          {.surcharge = 0, .interchange = 0}};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        ITEM item = booking(&bank_op_acquirer_fee, 2500);
        item.peer_answer.posting.surcharge = lies[i].surcharge;
        item.peer_answer.posting.interchange = lies[i].interchange;
        item.peer_answer.asked = (struct tw_fees){.surcharge = 200, .interchange = 50};
        ck_assert_str_eq(decide(&item), "95");
        ck_assert_int_eq(item.origin, BANK_REFUSED);
    }
    ck_assert_int_eq(interbank(PEER), 0);
    ck_assert_uint_eq(book->saf_count, 0);
}
END_TEST

START_TEST(check_tells_route_standing_room_and_fees) {
    ITEM item = booking(&bank_op_acquirer_check, 10000);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(item.decision.surcharge_minor, 200);
    ck_assert_int_eq(item.decision.interchange_minor, 50);
    ITEM full = booking(&bank_op_acquirer_check, 1000000);
    ck_assert_str_eq(decide(&full), "91");
    ITEM unknown = booking(&bank_op_acquirer_check, 0);
    unknown.peer_answer.peer = PEER + 7;
    ck_assert_str_eq(decide(&unknown), "92");
    bank_book_peer(book, PEER)->status = 'S';
    ITEM suspended = booking(&bank_op_acquirer_check, 0);
    ck_assert_str_eq(decide(&suspended), "91");
}
END_TEST

START_TEST(issuers_94_never_replaces_what_was_said_here) {
    ITEM item = withdrawal_of(10000);
    ITEM unknown = repeat_of(&item);
    unknown.op = &bank_op_acquirer_withdraw_recall;
    ck_assert_str_eq(decide(&unknown), "94");
    ck_assert_int_eq(unknown.origin, BANK_REFUSED);
    ck_assert_str_eq(decide(&item), "00");
    ITEM known = repeat_of(&item);
    known.op = &bank_op_acquirer_withdraw_recall;
    ck_assert_str_eq(decide(&known), "00");
}
END_TEST

START_TEST(approval_under_a_used_stan_is_undone_once) {
    ITEM item = withdrawal_of(10000);
    for (int i = 0; i < 2; i++) {
        ITEM undo = repeat_of(&item);
        undo.op = &bank_op_acquirer_withdraw_undo;
        undo.peer_answer.peer = PEER;
        ck_assert_str_eq(decide(&undo), "00");
        ck_assert_uint_eq(book->saf_count, 1);
    }
    ck_assert_str_eq(book->saf[0].method, "withdrawal.reverse");
    ck_assert_ptr_nonnull(strstr(book->saf[0].params, "\"stan\":"));
    ck_assert_str_ne(decide(&item), "00");
    ck_assert_int_eq(interbank(PEER), 0);
    ITEM booked = withdrawal_of(5000);
    ck_assert_str_eq(decide(&booked), "00");
    ITEM refused = repeat_of(&booked);
    refused.op = &bank_op_acquirer_withdraw_undo;
    refused.peer_answer.peer = PEER;
    ck_assert_str_eq(decide(&refused), "94");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = approval_is_mirrored_with_the_issuers_stamp},
        {.test = answer_that_is_not_what_was_asked_is_undone},
        {.test = issuer_at_its_limit_is_undone},
        {.test = timeout_declines_and_stores_the_reversal_in_one},
        {.test = what_the_check_refuses_is_stored_and_reversed_too},
        {.test = terminals_reversal_keeps_the_clearing_open_until_it_is_acknowledged},
        {.test = full_reversal_gives_the_fees_back},
        {.test = acknowledgement_that_contradicts_the_book_is_a_break},
        {.test = original_that_only_the_issuer_booked_is_mirrored_with_its_reversal},
        {.test = original_that_nobody_booked_needs_no_mirror},
        {.test = reversal_without_its_original_goes_to_the_issuer_it_names},
        {.test = deposit_is_owed_to_the_issuer_and_given_back_by_way_of_deppend},
        {.test = fee_is_booked_once_and_its_inquiry_forgotten_every_time},
        {.test = issuers_94_never_replaces_what_was_said_here},
        {.test = approval_under_a_used_stan_is_undone_once},
        {.test = fee_that_was_not_asked_for_is_not_booked_and_asked_again},
        {.test = check_tells_route_standing_room_and_fees},
    };
    return test_main_with("acquirer", tests, COUNT_OF(tests), fixture_setup, fixture_teardown);
}
