/*
 * Two banks' books side by side, in memory: whatever the one decides and the other books by its
 * answer, their positions must mirror each other in each window, with counts, sums and digest.
 * Window NEXT is opened between an operation and its undoing, so that stamps matter.
 */
#include "fixture.h"

#include "engine/tally.h"
#include "ops/acquirer.h"

#define NEXT (WINDOW + 1)
#define FEES ((struct tw_fees){.surcharge = 200, .interchange = 50})

/* ours decides: its card, or its customer who pays or is paid. theirs has the terminal, or the
 * other end of the transfer. */
struct side {
    struct bank_services services;
    struct bank_book *book;
};
static struct side ours, theirs;

static void go_to(struct side *side) {
    services = side->services;
    book = side->book;
}

static void put_ledger(enum bank_account_kind kind) {
    (void)put_account(bank_ledger_account(kind, 0), kind, 0);
}

static void setup(void) {
    fixture_setup();
    ours = (struct side){.services = services, .book = book};
    ours.book->services = &ours.services;
    theirs.services = services;
    theirs.services.bank_code = PEER;
    ck_assert(tw_ok(bank_book_new(&theirs.services, 64, &theirs.book, NULL)));
    go_to(&ours);
    (void)put_interbank(PEER, NEXT, 0, 0);
    go_to(&theirs);
    book->business_date = today;
    book->currency = (struct tw_currency){"EUR"};
    book->window_no = WINDOW;
    (void)put_account(bank_atm_account(TERMINAL), BANK_ATM, 500000);
    (void)put_account(bank_dispclr_account(TERMINAL), BANK_DISPCLR, 0);
    (void)put_account(BOB, BANK_CUST, -100000);
    put_ledger(BANK_TRANSIT);
    put_ledger(BANK_DEPPEND);
    put_ledger(BANK_FEEINC);
    put_ledger(BANK_FEEEXP);
    put_peer(BANK_CODE);
    (void)put_interbank(BANK_CODE, NEXT, 0, 0);
    struct bank_terminal *terminal = bank_book_add_terminal(book, TERMINAL);
    terminal->status = 'A';
    terminal->signed_on = terminal->locked = true;
    go_to(&ours);
}

static void teardown(void) {
    bank_book_free(theirs.book);
    book = ours.book;
    fixture_teardown();
}

static void open_next_window(void) {
    ours.book->window_no = theirs.book->window_no = NEXT;
}

static const struct bank_position *position(struct side *side, int32_t peer, int32_t window_no) {
    return bank_book_position(side->book, bank_interbank_account(peer, window_no, 0));
}

static void assert_mirrored_in(int32_t window_no, int64_t items) {
    const struct bank_position *own = position(&ours, PEER, window_no);
    const struct bank_position *other = position(&theirs, BANK_CODE, window_no);
    ck_assert_int_eq(own->debit_count, other->credit_count);
    ck_assert_int_eq(own->debit_minor, other->credit_minor);
    ck_assert_int_eq(own->credit_count, other->debit_count);
    ck_assert_int_eq(own->credit_minor, other->debit_minor);
    ck_assert_int_eq(own->reversal_count, other->reversal_count);
    ck_assert_int_eq(own->reversal_minor, other->reversal_minor);
    ck_assert_int_eq(own->fee_minor, other->fee_minor);
    ck_assert(ib_item_digest_equal(&own->digest, &other->digest));
    ck_assert_int_eq(own->debit_count + own->credit_count, items);
}

/* So many items in each window, the same at both. */
static void assert_mirrored(int64_t items, int64_t next_items) {
    bank_tally(ours.book);
    bank_tally(theirs.book);
    assert_mirrored_in(WINDOW, items);
    assert_mirrored_in(NEXT, next_items);
}

static void assert_undone(int32_t window_no, int64_t count, int64_t amount_minor, int64_t fees) {
    const struct bank_position *own = position(&ours, PEER, window_no);
    ck_assert_int_eq(own->reversal_count, count);
    ck_assert_int_eq(own->reversal_minor, amount_minor);
    ck_assert_int_eq(own->fee_minor, fees);
}

/* --- cash at their terminal, with our card ------------------------------------------------------
 */

static struct bank_item asked(const struct bank_op *op, int64_t amount, struct tw_fees fees) {
    struct bank_item item = new_item(op);
    struct tw_session_claims claims = claims_of_card();
    claims.acquirer = PEER;
    item.acquirer = PEER;
    item.request.cash.account = (struct tw_iban){BANK_CODE, ALICE};
    item.request.cash.amount = amount;
    item.request.cash.currency = (struct tw_currency){"EUR"};
    item.request.cash.fees = fees;
    bank_token_seal(services.keyring, BANK_CODE, &claims, item.request.cash.session);
    return item;
}

static void read_answer(const struct bank_item *item, struct tw_posting_result *ret_answer) {
    json_t *answer = answer_of(item);
    ck_assert(tw_ok(tw_fields_read(answer, tw_posting_result_fields, ret_answer, NULL)));
    json_decref(answer);
}

/* Their mirror of what we answer. */
static struct bank_item mirror_of(const struct bank_item *decided, const struct bank_op *op) {
    struct bank_item item = {.op = op, .acquirer = PEER, .request.cash = decided->request.cash};
    item.request.cash.session[0] = '\0';
    item.peer_answer.peer = BANK_CODE;
    read_answer(decided, &item.peer_answer.posting);
    return item;
}

static struct bank_item ask_withdrawal(int64_t amount) {
    go_to(&ours);
    struct bank_item item = asked(&bank_op_withdraw, amount, FEES);
    ck_assert_str_eq(decide(&item), "00");
    return item;
}

static struct bank_item ask_deposit(int64_t amount) {
    go_to(&ours);
    struct bank_item item = asked(&bank_op_deposit, amount, (struct tw_fees){0});
    item.request.cash.note_count = 1;
    item.request.cash.notes[0] = (struct tw_notes){.denomination = amount, .count = 1};
    ck_assert_str_eq(decide(&item), "00");
    return item;
}

static void book_mirror(const struct bank_item *decided, const struct bank_op *op) {
    ITEM mirror = mirror_of(decided, op);
    go_to(&theirs);
    ck_assert_str_eq(decide(&mirror), "00");
}

/* Their terminal reverses, we undo, and they book our acknowledgement. */
static void reverse(const struct bank_item *original, const struct bank_op *op, int64_t dispensed) {
    go_to(&theirs);
    ITEM terminals = reversal_of(original, op, dispensed);
    terminals.acquirer = PEER;
    terminals.request.reverse.account = original->request.cash.account;
    ck_assert_str_eq(decide(&terminals), "00");
    go_to(&ours);
    ITEM undo = reversal_of(original, op, dispensed);
    undo.request.header = original->request.header;
    undo.acquirer = PEER;
    ck_assert_str_eq(decide(&undo), "00");
    ITEM acknowledged = {.op = &bank_op_acquirer_reversed, .acquirer = PEER};
    acknowledged.request.reverse = undo.request.reverse;
    acknowledged.request.header = original->request.header;
    acknowledged.peer_answer.peer = BANK_CODE;
    read_answer(&undo, &acknowledged.peer_answer.posting);
    go_to(&theirs);
    ck_assert_str_eq(decide(&acknowledged), "00");
}

START_TEST(withdrawal_is_one_item_with_its_fees) {
    ITEM item = ask_withdrawal(10000);
    book_mirror(&item, &bank_op_acquirer_withdraw);
    assert_mirrored(1, 0);
    assert_undone(WINDOW, 0, 0, 250);
    ck_assert_int_eq(position(&ours, PEER, WINDOW)->credit_minor, 10250);
}
END_TEST

START_TEST(full_reversal_undoes_amount_and_fees_in_its_own_window) {
    ITEM item = ask_withdrawal(10000);
    book_mirror(&item, &bank_op_acquirer_withdraw);
    open_next_window();
    reverse(&item, &bank_op_withdraw_reverse, 0);
    assert_mirrored(1, 1);
    assert_undone(WINDOW, 0, 0, 250);
    assert_undone(NEXT, 1, 10250, 250);
}
END_TEST

START_TEST(partial_reversal_undoes_a_part_and_no_fee) {
    ITEM item = ask_withdrawal(10000);
    book_mirror(&item, &bank_op_acquirer_withdraw);
    reverse(&item, &bank_op_withdraw_reverse, 6000);
    assert_mirrored(2, 0);
    assert_undone(WINDOW, 1, 4000, 250);
}
END_TEST

START_TEST(reversal_of_what_was_all_taken_is_no_item) {
    ITEM item = ask_withdrawal(10000);
    book_mirror(&item, &bank_op_acquirer_withdraw);
    reverse(&item, &bank_op_withdraw_reverse, 10000);
    assert_mirrored(1, 0);
}
END_TEST

/* Our approval was lost: they book the original and its reversal in one decision. */
START_TEST(withdrawal_that_passes_through_is_an_original_and_a_reversal) {
    ITEM item = ask_withdrawal(10000);
    go_to(&theirs);
    ITEM timeout = {.op = &bank_op_acquirer_withdraw_timeout, .acquirer = PEER};
    timeout.request.cash = item.request.cash;
    timeout.request.cash.session[0] = '\0';
    timeout.peer_answer.peer = BANK_CODE;
    ck_assert_str_eq(decide(&timeout), "91");
    open_next_window();
    go_to(&ours);
    ITEM undo = reversal_of(&item, &bank_op_withdraw_reverse, 0);
    undo.request.header = item.request.header;
    undo.acquirer = PEER;
    ck_assert_str_eq(decide(&undo), "00");
    ITEM acknowledged = {.op = &bank_op_acquirer_reversed, .acquirer = PEER};
    acknowledged.request.reverse = undo.request.reverse;
    acknowledged.peer_answer.peer = BANK_CODE;
    read_answer(&undo, &acknowledged.peer_answer.posting);
    go_to(&theirs);
    ck_assert_str_eq(decide(&acknowledged), "00");
    assert_mirrored(1, 1);
    assert_undone(WINDOW, 0, 0, 250);
    assert_undone(NEXT, 1, 10250, 250);
}
END_TEST

START_TEST(deposit_and_its_reversal_are_the_other_way_round) {
    ITEM item = ask_deposit(5000);
    book_mirror(&item, &bank_op_acquirer_deposit);
    open_next_window();
    reverse(&item, &bank_op_deposit_reverse, 0);
    assert_mirrored(1, 1);
    ck_assert_int_eq(position(&ours, PEER, WINDOW)->debit_minor, 5000);
    assert_undone(WINDOW, 0, 0, 0);
    assert_undone(NEXT, 1, 5000, 0);
}
END_TEST

START_TEST(deposit_that_passes_through_is_an_original_and_a_reversal) {
    ITEM item = ask_deposit(5000);
    go_to(&theirs);
    ITEM timeout = {.op = &bank_op_acquirer_deposit_timeout, .acquirer = PEER};
    timeout.request.cash = item.request.cash;
    timeout.request.cash.session[0] = '\0';
    timeout.peer_answer.peer = BANK_CODE;
    ck_assert_str_eq(decide(&timeout), "91");
    go_to(&ours);
    ITEM undo = reversal_of(&item, &bank_op_deposit_reverse, 0);
    undo.request.header = item.request.header;
    undo.acquirer = PEER;
    ck_assert_str_eq(decide(&undo), "00");
    ITEM acknowledged = {.op = &bank_op_acquirer_reversed, .acquirer = PEER};
    acknowledged.request.reverse = undo.request.reverse;
    acknowledged.peer_answer.peer = BANK_CODE;
    read_answer(&undo, &acknowledged.peer_answer.posting);
    go_to(&theirs);
    ck_assert_str_eq(decide(&acknowledged), "00");
    assert_mirrored(2, 0);
    assert_undone(WINDOW, 1, 5000, 0);
}
END_TEST

/* --- transfers ---------------------------------------------------------------------------------
 */

/* Alice pays Bob at their bank; at whose terminal does not matter here. */
static struct bank_item pay(int64_t amount) {
    go_to(&ours);
    struct bank_item item = new_item(&bank_op_transfer);
    item.request.transfer.from_account = (struct tw_iban){BANK_CODE, ALICE};
    item.request.transfer.to_account = (struct tw_iban){PEER, BOB};
    item.request.transfer.amount = amount;
    item.request.transfer.currency = (struct tw_currency){"EUR"};
    seal_session(item.request.transfer.session);
    ck_assert_str_eq(decide(&item), "00");
    go_to(&theirs);
    ITEM credit = {.op = &bank_op_transfer_credit, .acquirer = BANK_CODE};
    credit.request.credit.header.txid = item.request.header.txid;
    credit.request.credit.from_account = item.request.transfer.from_account;
    credit.request.credit.to_account = item.request.transfer.to_account;
    credit.request.credit.amount = amount;
    credit.request.credit.currency = (struct tw_currency){"EUR"};
    ck_assert_str_eq(decide(&credit), "00");
    go_to(&ours);
    ITEM outcome = {.op = &bank_op_transfer_outcome, .acquirer = BANK_CODE};
    outcome.request.header.txid = item.request.header.txid;
    outcome.peer_answer.peer = PEER;
    outcome.peer_answer.credit.amount = amount;
    outcome.peer_answer.credit.window_no = credit.decision.window_no;
    ck_assert_str_eq(decide(&outcome), "00");
    return item;
}

START_TEST(transfer_is_one_item_in_the_beneficiarys_window) {
    ITEM item = pay(2500);
    assert_mirrored(1, 0);
    assert_undone(WINDOW, 0, 0, 0);
}
END_TEST

START_TEST(returned_transfer_is_undone_in_the_window_of_the_return) {
    ITEM item = pay(2500);
    open_next_window();
    go_to(&theirs);
    ITEM give = {.op = &bank_op_transfer_give_back, .acquirer = PEER};
    give.request.counter.header.txid = item.request.header.txid;
    give.request.counter.account_id = BOB;
    give.peer_answer.peer = BANK_CODE;
    ck_assert_str_eq(decide(&give), "00");
    go_to(&ours);
    ITEM back = {.op = &bank_op_transfer_returned, .acquirer = PEER};
    back.request.returned.header.txid = item.request.header.txid;
    back.request.returned.amount = 2500;
    back.request.returned.currency = (struct tw_currency){"EUR"};
    back.request.returned.window_no = give.decision.window_no;
    ck_assert_str_eq(decide(&back), "00");
    assert_mirrored(1, 1);
    assert_undone(NEXT, 1, 2500, 0);
}
END_TEST

START_TEST(fee_of_a_transfer_at_their_terminal_is_an_item_of_its_own) {
    go_to(&ours);
    ITEM item = new_item(&bank_op_transfer);
    struct tw_session_claims claims = claims_of_card();
    claims.acquirer = PEER;
    item.acquirer = PEER;
    item.request.transfer.from_account = (struct tw_iban){BANK_CODE, ALICE};
    item.request.transfer.to_account = (struct tw_iban){BANK_CODE, BOB};
    item.request.transfer.amount = 2500;
    item.request.transfer.currency = (struct tw_currency){"EUR"};
    item.request.transfer.fees = FEES;
    bank_token_seal(services.keyring, BANK_CODE, &claims, item.request.transfer.session);
    ck_assert_str_eq(decide(&item), "00");
    ITEM fee = {.op = &bank_op_acquirer_fee, .acquirer = PEER};
    fee.request.transfer = item.request.transfer;
    fee.request.transfer.session[0] = '\0';
    fee.peer_answer.peer = BANK_CODE;
    fee.peer_answer.asked = FEES;
    read_answer(&item, &fee.peer_answer.posting);
    go_to(&theirs);
    ck_assert_str_eq(decide(&fee), "00");
    assert_mirrored(1, 0);
    assert_undone(WINDOW, 0, 0, 250);
    ck_assert_int_eq(position(&ours, PEER, WINDOW)->credit_minor, 250);
}
END_TEST

/* --- breaks ------------------------------------------------------------------------------------
 */

static void correct(int32_t peer, int64_t had, int64_t right) {
    ITEM item = {.op = &bank_op_break_correct, .acquirer = services.bank_code};
    item.request.correction = (struct bank_break_request){.header.txid = {{0x77}},
                                                          .peer = peer,
                                                          .window_no = WINDOW,
                                                          .next_window_no = NEXT,
                                                          .settled = right,
                                                          .resolution = "OURS"};
    item.request.correction.ours[0] = had;
    (void)put_account(bank_ledger_account(BANK_BREAKS, 0), BANK_BREAKS, 0);
    ck_assert_str_eq(decide(&item), "00");
}

START_TEST(corrected_break_is_one_item_in_the_next_window_only) {
    open_next_window();
    go_to(&ours);
    correct(PEER, 10000, 6000);
    ck_assert_int_eq(balance(bank_ledger_account(BANK_BREAKS, 0)), 4000);
    go_to(&theirs);
    correct(BANK_CODE, 0, -6000);
    ck_assert_int_eq(balance(bank_ledger_account(BANK_BREAKS, 0)), 6000);
    assert_mirrored(0, 1);
    assert_undone(NEXT, 0, 0, 0);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = withdrawal_is_one_item_with_its_fees},
        {.test = full_reversal_undoes_amount_and_fees_in_its_own_window},
        {.test = partial_reversal_undoes_a_part_and_no_fee},
        {.test = reversal_of_what_was_all_taken_is_no_item},
        {.test = withdrawal_that_passes_through_is_an_original_and_a_reversal},
        {.test = deposit_and_its_reversal_are_the_other_way_round},
        {.test = deposit_that_passes_through_is_an_original_and_a_reversal},
        {.test = transfer_is_one_item_in_the_beneficiarys_window},
        {.test = returned_transfer_is_undone_in_the_window_of_the_return},
        {.test = fee_of_a_transfer_at_their_terminal_is_an_item_of_its_own},
        {.test = corrected_break_is_one_item_in_the_next_window_only},
    };
    return test_main_with("mirror", tests, COUNT_OF(tests), setup, teardown);
}
