/* Transfers inside the bank, their rejections, and the inquiry that leaves a tombstone. */
#include "fixture.h"
#include "ops/transfer.h"

static struct bank_item transfer(int64_t to, int64_t amount) {
    struct bank_item item = new_item(&bank_op_transfer);
    item.request.transfer.from_account = (struct tw_iban){BANK_CODE, ALICE};
    item.request.transfer.to_account = (struct tw_iban){BANK_CODE, to};
    item.request.transfer.amount = amount;
    item.request.transfer.currency = (struct tw_currency){"EUR"};
    seal_session(item.request.transfer.session);
    return item;
}

static struct bank_item status_of(const struct bank_item *original) {
    struct bank_item item = new_item(&bank_op_transfer_status);
    item.request.header.txid = original->request.header.txid;
    return item;
}

static void assert_answer(const struct bank_item *item, const char *status, const char *reason) {
    json_t *answer = answer_of(item);
    const char *state = json_string_value(json_object_get(answer, "status"));
    ck_assert_str_eq(state != NULL ? state : "", status);
    const char *told = json_string_value(json_object_get(answer, "reason"));
    ck_assert_str_eq(told != NULL ? told : "", reason);
    json_decref(answer);
}

START_TEST(transfer_moves_money_between_two_customers) {
    ITEM item = transfer(BOB, 2500);
    ck_assert_str_eq(decide(&item), "00");
    ck_assert_int_eq(balance(ALICE), -97500);
    ck_assert_int_eq(balance(BOB), -2500);
    assert_answer(&item, "COMPLETED", "");
}
END_TEST

/* Planned as the lane does: the first attempt of an item has number 1. */
static void plan_attempt(struct bank_item *item, int attempt) {
    bank_op_prepare(item, &services);
    item->attempts = attempt;
    bank_plan_item(item, book);
}

START_TEST(transfer_alone_is_tried_without_reading_stored_answers) {
    ITEM alone = transfer(BOB, 100);
    plan_attempt(&alone, 1);
    ck_assert_uint_eq(book->wants.txid_count, 1);
    ck_assert(!book->wants.stored_matter);
    ITEM mate = transfer(BOB, 200);
    plan_attempt(&mate, 1);
    ck_assert(book->wants.stored_matter);
}
END_TEST

START_TEST(transfer_that_runs_again_reads_stored_answers) {
    ITEM again = transfer(BOB, 100);
    plan_attempt(&again, 2);
    ck_assert(book->wants.stored_matter);
}
END_TEST

static void refuse(struct bank_item *item, struct bank_book *in) {
    (void)in;
    bank_refuse_duplicate(item);
}

START_TEST(transfer_with_repeat_mark_reads_stored_answers) {
    ITEM marked = transfer(BOB, 100);
    marked.request.header.repeat = true;
    plan_attempt(&marked, 1);
    ck_assert(book->wants.stored_matter);
}
END_TEST

START_TEST(what_stores_nothing_runs_again_when_stored_answers_were_not_read) {
    struct bank_op op = bank_op_transfer;
    op.decide = refuse;
    ITEM item = transfer(BOB, 100);
    item.op = &op;
    ck_assert_str_eq(decide(&item), "94");
    ck_assert(!book->retry);
    book->keys_unread = true;
    ck_assert_str_eq(decide(&item), "94");
    ck_assert(book->retry);
}
END_TEST

START_TEST(withdrawal_reads_stored_answers_because_a_reversal_may_have_come_first) {
    ITEM item = withdrawal(1000);
    plan_attempt(&item, 1);
    ck_assert(book->wants.stored_matter);
}
END_TEST

START_TEST(transfer_tells_the_reason_of_a_rejection) {
    ITEM funds = transfer(BOB, 100001);
    ck_assert_str_eq(decide(&funds), "51");
    assert_answer(&funds, "REJECTED", "AM04");
    ITEM unknown = transfer(1999999999, 100);
    ck_assert_str_eq(decide(&unknown), "76");
    assert_answer(&unknown, "REJECTED", "AC01");
    ITEM self = transfer(ALICE, 100);
    ck_assert_str_eq(decide(&self), "12");
    assert_answer(&self, "REJECTED", "AC01");
    bank_book_account(book, BOB)->status = 'C';
    ITEM closed = transfer(BOB, 100);
    ck_assert_str_eq(decide(&closed), "76");
    assert_answer(&closed, "REJECTED", "AC04");
    ITEM elsewhere = transfer(BOB, 100);
    elsewhere.request.transfer.to_account.bank_code = PEER + 7;
    ck_assert_str_eq(decide(&elsewhere), "92");
    assert_answer(&elsewhere, "REJECTED", "RC01");
    ck_assert_uint_eq(book->entry_count, 0);
}
END_TEST

START_TEST(transfer_refuses_ledger_accounts_as_payee) {
    ITEM item = transfer(bank_ledger_account(BANK_VAULT, 0), 100);
    ck_assert_str_eq(decide(&item), "76");
}
END_TEST

START_TEST(transfer_refuses_currencies_that_differ) {
    bank_book_account(book, BOB)->currency = (struct tw_currency){"USD"};
    ITEM item = transfer(BOB, 100);
    ck_assert_str_eq(decide(&item), "12");
    assert_answer(&item, "REJECTED", "AM03");
}
END_TEST

START_TEST(transfer_status_tells_the_stored_outcome) {
    ITEM item = transfer(BOB, 2500);
    ck_assert_str_eq(decide(&item), "00");
    ITEM status = status_of(&item);
    ck_assert_str_eq(decide(&status), "00");
    assert_answer(&status, "COMPLETED", "");
    ITEM declined = transfer(BOB, 100001);
    ck_assert_str_eq(decide(&declined), "51");
    ITEM status_of_declined = status_of(&declined);
    ck_assert_str_eq(decide(&status_of_declined), "51");
    assert_answer(&status_of_declined, "REJECTED", "AM04");
}
END_TEST

START_TEST(transfer_status_needs_no_card_and_tells_no_balance) {
    ITEM item = transfer(BOB, 2500);
    ck_assert_str_eq(decide(&item), "00");
    bank_book_card(book, CARD)->has_session = false;
    bank_book_terminal(book, TERMINAL)->signed_on = false;
    ITEM status = status_of(&item);
    status.request.header.business_date = today - 1;
    ck_assert_str_eq(decide(&status), "00");
    json_t *answer = answer_of(&status);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "amount")), 2500);
    static const char *const for_the_customer[] = {"ledger_balance", "available_balance",
                                                   "entry_no", "session"};
    for (size_t i = 0; i < COUNT_OF(for_the_customer); i++) {
        ck_assert_ptr_null(json_object_get(answer, for_the_customer[i]));
    }
    json_decref(answer);
}
END_TEST

/* 63, and nothing of how the transfer ended. */
static void assert_stranger(struct bank_item *status) {
    ck_assert_str_eq(decide(status), "63");
    ck_assert_int_eq(status->origin, BANK_REFUSED);
    assert_answer(status, "", "");
}

START_TEST(transfer_status_is_for_the_terminal_that_sent_it) {
    ITEM item = transfer(BOB, 2500);
    ck_assert_str_eq(decide(&item), "00");
    struct bank_terminal *other = bank_book_add_terminal(book, TERMINAL + 1);
    other->status = 'A';
    ITEM elsewhere = status_of(&item);
    elsewhere.request.header.terminal_id = TERMINAL + 1;
    assert_stranger(&elsewhere);
    ITEM another_bank = status_of(&item);
    another_bank.acquirer = BANK_CODE + 1;
    assert_stranger(&another_bank);
    ITEM own = status_of(&item);
    ck_assert_str_eq(decide(&own), "00");
}
END_TEST

START_TEST(transfer_status_of_something_else_is_not_found) {
    ITEM cash = withdrawal(6000);
    ck_assert_str_eq(decide(&cash), "00");
    ITEM status = status_of(&cash);
    ck_assert_str_eq(decide(&status), "25");
    ck_assert_int_eq(status.origin, BANK_REFUSED);
    assert_answer(&status, "", "");
}
END_TEST

START_TEST(transfer_status_of_an_unknown_transfer_rejects_it_for_ever) {
    ITEM late = transfer(BOB, 2500);
    ITEM status = status_of(&late);
    ck_assert_str_eq(decide(&status), "25");
    assert_answer(&status, "REJECTED", "AB05");
    ck_assert_str_eq(decide(&late), "94");
    ITEM again = status_of(&late);
    ck_assert_str_eq(decide(&again), "25");
    ck_assert_int_eq(balance(ALICE), -100000);
}
END_TEST

START_TEST(transfer_status_from_a_revoked_terminal_uses_no_key_up) {
    ITEM late = transfer(BOB, 2500);
    ITEM status = status_of(&late);
    bank_book_terminal(book, TERMINAL)->status = 'R';
    ck_assert_str_eq(decide(&status), "58");
    ck_assert_int_eq(status.origin, BANK_REFUSED);
    assert_answer(&status, "", "");
    bank_book_terminal(book, TERMINAL)->status = 'A';
    ck_assert_str_eq(decide(&late), "00");
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = transfer_moves_money_between_two_customers},
        {.test = transfer_alone_is_tried_without_reading_stored_answers},
        {.test = transfer_that_runs_again_reads_stored_answers},
        {.test = transfer_with_repeat_mark_reads_stored_answers},
        {.test = what_stores_nothing_runs_again_when_stored_answers_were_not_read},
        {.test = withdrawal_reads_stored_answers_because_a_reversal_may_have_come_first},
        {.test = transfer_tells_the_reason_of_a_rejection},
        {.test = transfer_refuses_ledger_accounts_as_payee},
        {.test = transfer_refuses_currencies_that_differ},
        {.test = transfer_status_tells_the_stored_outcome},
        {.test = transfer_status_of_an_unknown_transfer_rejects_it_for_ever},
        {.test = transfer_status_needs_no_card_and_tells_no_balance},
        {.test = transfer_status_is_for_the_terminal_that_sent_it},
        {.test = transfer_status_of_something_else_is_not_found},
        {.test = transfer_status_from_a_revoked_terminal_uses_no_key_up},
    };
    return test_main_with("transfer", tests, COUNT_OF(tests), fixture_setup, fixture_teardown);
}
