/* Transfers between banks, from both ends: held, completed, released, credited, returned. */
#include "fixture.h"
#include "ops/transfer.h"

static int64_t transit(void) {
    return balance(bank_ledger_account(BANK_TRANSIT, 0));
}

static struct bank_item transfer_abroad(int64_t amount) {
    struct bank_item item = new_item(&bank_op_transfer);
    item.request.transfer.from_account = (struct tw_iban){BANK_CODE, ALICE};
    item.request.transfer.to_account = (struct tw_iban){PEER, 1000000005};
    item.request.transfer.amount = amount;
    item.request.transfer.currency = (struct tw_currency){"EUR"};
    seal_session(item.request.transfer.session);
    return item;
}

static struct bank_item outcome_of(const struct bank_item *transfer, const char *reason) {
    struct bank_item item = {.op = &bank_op_transfer_outcome, .acquirer = BANK_CODE};
    item.request.header.txid = transfer->request.header.txid;
    item.peer_answer.peer = PEER;
    item.peer_answer.credit.outcome.rc = reason == NULL ? TW_RC_APPROVED : TW_RC_BAD_TO_ACCOUNT;
    item.peer_answer.credit.amount = transfer->request.transfer.amount;
    item.peer_answer.credit.window_no = reason == NULL ? WINDOW : 0;
    (void)snprintf(item.peer_answer.credit.reason, 5, "%s", reason != NULL ? reason : "");
    return item;
}

static void assert_status(struct bank_item *item, const char *status, const char *rc) {
    json_t *answer = answer_of(item);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "status")), status);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "rc")), rc);
    json_decref(answer);
}

static void assert_repeat(const struct bank_item *transfer, const char *status, const char *rc) {
    ITEM repeat = repeat_of(transfer);
    (void)decide(&repeat);
    ck_assert_int_eq(repeat.origin, BANK_STORED);
    assert_status(&repeat, status, rc);
}

START_TEST(transfer_is_held_with_its_message) {
    ITEM item = transfer_abroad(2500);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(balance(ALICE), -97500);
    ck_assert_int_eq(transit(), -2500);
    ck_assert_int_eq(interbank(PEER), 0);
    ck_assert_str_eq(item.message.method, "transfer.credit");
    ck_assert_uint_eq(book->saf_count, 1);
    assert_status(&item, "PENDING", "00");
    assert_repeat(&item, "PENDING", "00");
}
END_TEST

START_TEST(accepted_completes_in_the_beneficiarys_window) {
    ITEM item = transfer_abroad(2500);
    ck_assert_str_eq(decide(&item), "00");
    ITEM outcome = outcome_of(&item, NULL);
    ck_assert_str_eq(decide(&outcome), "00");
    ck_assert_int_eq(transit(), 0);
    ck_assert_int_eq(interbank(PEER), -2500);
    assert_repeat(&item, "COMPLETED", "00");
    ITEM other = outcome_of(&item, "AC01"); /* a second answer changes nothing */
    (void)decide(&other);
    ck_assert_int_eq(other.origin, BANK_STORED);
    ck_assert_int_eq(balance(ALICE), -97500);
}
END_TEST

START_TEST(rejected_releases_with_the_reason_and_the_days_limit) {
    bank_book_account(book, ALICE)->daily_limit_minor = 5000;
    ITEM item = transfer_abroad(2500);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(bank_book_account(book, ALICE)->daily_used_minor, 2500);
    ITEM outcome = outcome_of(&item, "AC04");
    ck_assert_str_eq(decide(&outcome), "76");
    ck_assert_int_eq(transit(), 0);
    ck_assert_int_eq(balance(ALICE), -100000);
    ck_assert_int_eq(bank_book_account(book, ALICE)->daily_used_minor, 0);
    assert_repeat(&item, "REJECTED", "76");
}
END_TEST

START_TEST(answer_that_cannot_be_true_leaves_the_transfer_unknown) {
    ITEM item = transfer_abroad(2500);
    ck_assert_str_eq(decide(&item), "00");
    ITEM amount = outcome_of(&item, NULL);
    amount.peer_answer.credit.amount++;
    ck_assert_str_eq(decide(&amount), "95");
    ITEM window = outcome_of(&item, NULL);
    window.peer_answer.credit.window_no = 99999999;
    ck_assert_str_eq(decide(&window), "95");
    ITEM other_bank = outcome_of(&item, NULL);
    other_bank.peer_answer.peer = PEER + 1;
    ck_assert_str_eq(decide(&other_bank), "95");
    ck_assert_int_eq(transit(), -2500);
    ck_assert_ptr_null(bank_book_decision(book, &item.request.header.txid, BANK_OUTCOME));
}
END_TEST

START_TEST(foreign_terminal_earns_its_fee_when_the_transfer_completes) {
    ITEM item = transfer_abroad(2500);
    struct tw_session_claims claims = claims_of_card();
    claims.acquirer = PEER + 1;
    put_peer(PEER + 1);
    bank_token_seal(services.keyring, BANK_CODE, &claims, item.request.transfer.session);
    item.acquirer = PEER + 1;
    item.request.transfer.fees = (struct tw_fees){.surcharge = 200, .interchange = 50};
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(transit(), -2700);
    ck_assert_int_eq(interbank(PEER + 1), 0);
    ITEM outcome = outcome_of(&item, NULL);
    (void)decide(&outcome); /* learns the acquirer and runs again */
    ck_assert(book->retry);
    book->retry = false;
    ck_assert_str_eq(decide(&outcome), "00");
    ck_assert_int_eq(transit(), 0);
    ck_assert_int_eq(interbank(PEER), -2500);
    ck_assert_int_eq(interbank(PEER + 1), -250);
    ck_assert_int_eq(balance(ALICE), -100000 + 2700);
    ck_assert_int_eq(sum_of_all(), 0);
}
END_TEST

START_TEST(bank_without_agreement_has_no_route) {
    ITEM item = transfer_abroad(2500);
    bank_book_peer(book, PEER)->status = 'S';
    ck_assert_str_eq(decide(&item), "92");
    assert_status(&item, "REJECTED", "92");
}
END_TEST

/* --- as the beneficiary's bank -----------------------------------------------------------------
 */

static struct bank_item credit_to(int64_t account, int64_t amount) {
    struct bank_item item = {.op = &bank_op_transfer_credit, .acquirer = PEER};
    item.request.credit.header.txid = (struct tw_uuid){{0x02, ++next_txid}};
    item.request.credit.from_account = (struct tw_iban){PEER, 1000000005};
    item.request.credit.to_account = (struct tw_iban){BANK_CODE, account};
    item.request.credit.amount = amount;
    item.request.credit.currency = (struct tw_currency){"EUR"};
    return item;
}

static struct bank_item inquiry_about(const struct bank_item *credit, int32_t peer) {
    struct bank_item item = {.op = &bank_op_transfer_inquiry, .acquirer = peer};
    item.request.header.txid = credit->request.header.txid;
    return item;
}

START_TEST(credit_is_owed_by_the_originator) {
    ITEM item = credit_to(BOB, 2500);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(balance(BOB), -2500);
    ck_assert_int_eq(interbank(PEER), 2500);
    assert_status(&item, "ACCEPTED", "00");
    ITEM repeat = repeat_of(&item);
    ck_assert_str_eq(decide(&repeat), "00");
    ck_assert_int_eq(balance(BOB), -2500);
    ITEM other = repeat_of(&item);
    other.request.credit.amount = 2600;
    ck_assert_str_eq(decide(&other), "94");
    ITEM inquiry = inquiry_about(&item, PEER);
    ck_assert_str_eq(decide(&inquiry), "00");
    assert_status(&inquiry, "ACCEPTED", "00");
}
END_TEST

static void assert_rejected(struct bank_item *item, const char *reason) {
    (void)decide(item);
    json_t *answer = answer_of(item);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "status")), "REJECTED");
    ck_assert_str_eq(json_string_value(json_object_get(answer, "reason")), reason);
    json_decref(answer);
}

START_TEST(credit_is_rejected_with_iso_20022_reasons) {
    ITEM unknown = credit_to(1999999999, 100);
    assert_rejected(&unknown, "AC01");
    ITEM elsewhere = credit_to(BOB, 100);
    elsewhere.request.credit.to_account.bank_code = PEER;
    assert_rejected(&elsewhere, "RC01");
    ITEM currency = credit_to(BOB, 100);
    currency.request.credit.currency = (struct tw_currency){"USD"};
    assert_rejected(&currency, "AM03");
    ITEM beyond = credit_to(BOB, 1000001);
    assert_rejected(&beyond, "AM14");
    ITEM limit = credit_to(BOB, 1000000);
    ck_assert_str_eq(decide(&limit), "00");
    bank_book_account(book, BOB)->status = 'C';
    ITEM closed = credit_to(BOB, 100);
    assert_rejected(&closed, "AC04");
}
END_TEST

START_TEST(credit_from_somebody_elses_account_is_refused) {
    ITEM item = credit_to(BOB, 100);
    item.request.credit.from_account.bank_code = PEER + 1;
    ck_assert_str_eq(decide(&item), "63");
    ck_assert_int_eq(item.origin, BANK_REFUSED);
}
END_TEST

START_TEST(inquiry_rejects_what_is_unknown_for_ever) {
    ITEM item = credit_to(BOB, 2500);
    ITEM inquiry = inquiry_about(&item, PEER);
    ck_assert_str_eq(decide(&inquiry), "25");
    assert_status(&inquiry, "REJECTED", "25");
    ck_assert_str_eq(decide(&item), "94");
    ck_assert_int_eq(balance(BOB), 0);
    ITEM stranger = inquiry_about(&item, PEER + 1);
    ck_assert_str_eq(decide(&stranger), "63");
}
END_TEST

/* --- returns ------------------------------------------------------------------------------------
 */

START_TEST(beneficiary_returns_once_with_its_own_window) {
    ITEM credit = credit_to(BOB, 2500);
    ck_assert_str_eq(decide(&credit), "00");
    ITEM back = {.op = &bank_op_transfer_give_back, .acquirer = BANK_CODE};
    back.request.counter.header.txid = credit.request.header.txid;
    back.request.counter.account_id = BOB;
    back.peer_answer.peer = PEER;
    ck_assert_str_eq(decide(&back), "00");
    ck_assert_int_eq(balance(BOB), 0);
    ck_assert_int_eq(interbank(PEER), 0);
    ck_assert_str_eq(back.message.method, "transfer.return");
    ck_assert_int_eq(json_integer_value(json_object_get(back.message.params, "window_no")), WINDOW);
}
END_TEST

static struct bank_item return_of(const struct bank_item *transfer) {
    struct bank_item item = {.op = &bank_op_transfer_returned, .acquirer = PEER};
    item.request.returned.header.txid = transfer->request.header.txid;
    item.request.returned.amount = transfer->request.transfer.amount;
    item.request.returned.currency = (struct tw_currency){"EUR"};
    item.request.returned.window_no = WINDOW;
    return item;
}

START_TEST(originator_takes_a_return_after_completion_only) {
    ITEM item = transfer_abroad(2500);
    ck_assert_str_eq(decide(&item), "00");
    ITEM early = return_of(&item);
    ck_assert_str_eq(decide(&early), "25");
    ITEM outcome = outcome_of(&item, NULL);
    ck_assert_str_eq(decide(&outcome), "00");
    ITEM wrong = return_of(&item);
    wrong.request.returned.amount++;
    ck_assert_str_eq(decide(&wrong), "95");
    ITEM back = return_of(&item);
    ck_assert_str_eq(decide(&back), "00");
    ck_assert_int_eq(balance(ALICE), -100000);
    ck_assert_int_eq(interbank(PEER), 0);
    assert_repeat(&item, "RETURNED", "00");
    ITEM again = return_of(&item);
    ck_assert_str_eq(decide(&again), "00");
    ck_assert_int_eq(balance(ALICE), -100000);
}
END_TEST

START_TEST(return_to_a_closed_account_is_owed) {
    ITEM item = transfer_abroad(2500);
    ck_assert_str_eq(decide(&item), "00");
    ITEM outcome = outcome_of(&item, NULL);
    ck_assert_str_eq(decide(&outcome), "00");
    bank_book_account(book, ALICE)->status = 'C';
    ITEM back = return_of(&item);
    ck_assert_str_eq(decide(&back), "00");
    ck_assert_int_eq(balance(bank_ledger_account(BANK_DEPPEND, 0)), -2500);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = transfer_is_held_with_its_message},
        {.test = accepted_completes_in_the_beneficiarys_window},
        {.test = rejected_releases_with_the_reason_and_the_days_limit},
        {.test = answer_that_cannot_be_true_leaves_the_transfer_unknown},
        {.test = foreign_terminal_earns_its_fee_when_the_transfer_completes},
        {.test = bank_without_agreement_has_no_route},
        {.test = credit_is_owed_by_the_originator},
        {.test = credit_is_rejected_with_iso_20022_reasons},
        {.test = credit_from_somebody_elses_account_is_refused},
        {.test = inquiry_rejects_what_is_unknown_for_ever},
        {.test = beneficiary_returns_once_with_its_own_window},
        {.test = originator_takes_a_return_after_completion_only},
        {.test = return_to_a_closed_account_is_owed},
    };
    return test_main_with("interbank transfer", tests, COUNT_OF(tests), fixture_setup,
                          fixture_teardown);
}
