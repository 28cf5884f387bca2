/*
 * A bank in memory for the rules: one book with a terminal, two customers, a card with an open
 * session, and items that are decided on it without a database. Each test starts from scratch.
 */
#ifndef TEST_OPS_FIXTURE_H
#define TEST_OPS_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/date.h"
#include "engine/decide.h"
#include "ops/pin_check.h"
#include "ops/rules.h"
#include "ops/session_token.h"
#include "support/scratch.h"
#include "support/suite.h"
#include "wire/json.h"

#define BANK_CODE     90000001
#define TERMINAL      17
#define ALICE         INT64_C(1000000001)
#define BOB           INT64_C(1000000002)
#define ALICE_SAVINGS INT64_C(1000000003)
#define PEER          90000002 /* agreed interchange 50, may owe 10,000.00 */
#define WINDOW        7
#define CARD          INT64_C(77)
#define PAN           "9276000112345674"
#define MAYBE_UNUSED  __attribute__((unused))
#define ITEM          __attribute__((cleanup(bank_item_clear))) struct bank_item

static int64_t fake_wall_ms;
static struct tw_keyring *keyring;
static struct bank_services services;
static struct bank_book *book;
static int32_t today;
static uint8_t next_txid;
static int64_t next_stan;

static int64_t fake_wall(void *context) {
    (void)context;
    return fake_wall_ms;
}

static const struct tw_clock fake_clock = {.wall_ms = fake_wall};

static void make_keyring(void) {
    char path[TEST_PATH_SIZE];
    FILE *file = fdopen(test_scratch_file(path), "w");
    ck_assert_ptr_nonnull(file);
    (void)fprintf(file, "[keys]\npin_digest = %064d\npan_digest = %064d\nsession = %064d\n", 1, 2,
                  3);
    ck_assert_int_eq(fclose(file), 0);
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(tw_keyring_load(path, &keyring, &error)), "%s", error.detail);
}

static struct bank_account *put_account(int64_t id, enum bank_account_kind kind, int64_t balance) {
    struct bank_account *account = bank_book_add_account(book, id);
    account->kind = (int16_t)kind;
    account->status = 'O';
    account->currency = (struct tw_currency){"EUR"};
    account->balance_minor = balance;
    account->daily_limit_minor = BANK_NO_LIMIT;
    account->locked = true;
    return account;
}

static struct bank_card *put_card(void) {
    struct bank_card *card = bank_book_add_card(book, CARD);
    card->status = 'A';
    card->tries_left = BANK_PIN_TRIES;
    card->expiry = 3012;
    card->daily_limit_minor = 50000;
    card->daily_limit_count = 10;
    card->accounts[0] = ALICE;
    card->accounts[1] = ALICE_SAVINGS;
    card->account_count = 2;
    card->has_session = true;
    card->session = (struct tw_uuid){{0xAA}};
    card->locked = true;
    tw_keyring_pan_digest(services.keyring, PAN, card->pan_digest);
    tw_keyring_pin_digest(services.keyring, CARD, "1234", card->pin_digest);
    return card;
}

/* The account about a peer in a window, with its position. */
MAYBE_UNUSED static struct bank_account *put_interbank(int32_t peer, int32_t window_no,
                                                       int16_t stripe, int64_t balance) {
    struct bank_position position = {.peer = peer, .window_no = window_no, .stripe = stripe};
    bank_book_add_position(book, &position);
    return put_account(bank_interbank_account(peer, window_no, stripe), BANK_IB, balance);
}

/* The peer with all its stripes locked, as after the batch ran again, 1,250.00 for each. */
MAYBE_UNUSED static void put_peer(int32_t code) {
    struct bank_peer peer = {
        .code = code, .status = 'A', .limit_minor = 1000000, .interchange_minor = 50};
    for (int16_t stripe = 0; stripe < BANK_STRIPES; stripe++) {
        struct bank_exposure exposure = {.peer = code, .stripe = stripe, .share_minor = 125000};
        bank_book_add_peer(book, &peer, &exposure);
    }
    (void)put_interbank(code, WINDOW, book->stripe, 0);
}

/* Alice has 1,000.00, her savings and Bob nothing; the terminal holds 5,000.00. */
static void fixture_setup(void) {
    fake_wall_ms = INT64_C(1790000000000);
    next_txid = 0;
    next_stan = 0;
    ck_assert(tw_date_parse("2026-11-20", &today));
    make_keyring();
    services = (struct bank_services){.bank_code = BANK_CODE,
                                      .keyring = keyring,
                                      .clock = &fake_clock,
                                      .random = tw_random_system(),
                                      .session_idle_ms = 120000};
    ck_assert(tw_ok(bank_book_new(&services, 64, &book, NULL)));
    book->bank_loaded = true;
    book->business_date = today;
    book->currency = (struct tw_currency){"EUR"};
    book->window_no = WINDOW;
    book->surcharge_minor = 200;
    (void)snprintf(book->iins, sizeof book->iins, "92760000,92760001");
    (void)put_account(ALICE, BANK_CUST, -100000);
    (void)put_account(ALICE_SAVINGS, BANK_CUST, 0);
    (void)put_account(BOB, BANK_CUST, 0);
    (void)put_account(bank_atm_account(TERMINAL), BANK_ATM, 500000);
    (void)put_account(bank_dispclr_account(TERMINAL), BANK_DISPCLR, 0);
    (void)put_account(bank_ledger_account(BANK_VAULT, 0), BANK_VAULT, -400000);
    (void)put_account(bank_ledger_account(BANK_SHORT, 0), BANK_SHORT, 0);
    (void)put_account(bank_ledger_account(BANK_OVER, 0), BANK_OVER, 0);
    (void)put_account(bank_ledger_account(BANK_TRANSIT, 0), BANK_TRANSIT, 0);
    (void)put_account(bank_ledger_account(BANK_DEPPEND, 0), BANK_DEPPEND, 0);
    (void)put_account(bank_ledger_account(BANK_FEEINC, 0), BANK_FEEINC, 0);
    (void)put_account(bank_ledger_account(BANK_FEEEXP, 0), BANK_FEEEXP, 0);
    put_peer(PEER);
    struct bank_terminal *terminal = bank_book_add_terminal(book, TERMINAL);
    terminal->status = 'A';
    terminal->signed_on = true;
    terminal->locked = true;
    (void)put_card();
}

static void fixture_teardown(void) {
    bank_book_free(book);
    tw_keyring_free(keyring);
}

static struct tw_session_claims claims_of_card(void) {
    return (struct tw_session_claims){.card_id = CARD,
                                      .terminal_id = TERMINAL,
                                      .acquirer = BANK_CODE,
                                      .session = {{0xAA}},
                                      .expires_ms = fake_wall_ms + 60000};
}

/* A fresh item with the next txid and STAN; the caller fills the rest of the request. */
MAYBE_UNUSED static struct bank_item new_item(const struct bank_op *op) {
    struct bank_item item = {.op = op, .acquirer = BANK_CODE};
    item.request.header = (struct tw_header){.terminal_id = TERMINAL,
                                             .business_date = today,
                                             .stan = ++next_stan,
                                             .txid = {{0x01, ++next_txid}}};
    return item;
}

MAYBE_UNUSED static void seal_session(char *token) {
    struct tw_session_claims claims = claims_of_card();
    bank_token_seal(services.keyring, BANK_CODE, &claims, token);
}

/* Prepares and decides; returns the digits of the response code. */
/* What the operation answers, read back. */
static inline json_t *answer_of(const struct bank_item *item) {
    struct tw_buffer text = {0};
    json_t *answer = NULL;
    ck_assert(item->op->answer(item, &services, &text));
    ck_assert(tw_ok(tw_json_parse(tw_buffer_head(&text), tw_buffer_length(&text),
                                  TW_JSON_LIMITS_DEFAULT, &answer, NULL)));
    tw_buffer_free(&text);
    return answer;
}

MAYBE_UNUSED static const char *decide(struct bank_item *item) {
    bank_op_prepare(item, &services);
    bank_decide_item(item, book);
    return tw_rc_digits(item->decision.rc);
}

/* The same request again, as a repeat would come in. */
MAYBE_UNUSED static struct bank_item repeat_of(const struct bank_item *item) {
    struct bank_item repeat = {.op = item->op, .acquirer = item->acquirer};
    repeat.request = item->request;
    return repeat;
}

MAYBE_UNUSED static int64_t balance(int64_t account_id) {
    return bank_book_account(book, account_id)->balance_minor;
}

MAYBE_UNUSED static int64_t interbank(int32_t peer) {
    return balance(bank_interbank_account(peer, WINDOW, book->stripe));
}

/* What the peer owes by its exposures: the same as its accounts say. */
MAYBE_UNUSED static int64_t owed_by(int32_t peer) {
    int64_t owed = 0;
    for (size_t i = 0; i < book->exposure_count; i++) {
        owed += book->exposures[i].peer == peer ? book->exposures[i].owed_minor : 0;
    }
    return owed;
}

MAYBE_UNUSED static int64_t clearing(void) {
    return balance(bank_dispclr_account(TERMINAL));
}

MAYBE_UNUSED static int64_t sum_of_all(void) {
    int64_t sum = 0;
    for (size_t i = 0; i < book->entry_count; i++) {
        sum += book->entries[i].amount_minor;
    }
    return sum;
}

MAYBE_UNUSED static struct bank_item withdrawal(int64_t amount) {
    struct bank_item item = new_item(&bank_op_withdraw);
    item.request.cash.account = (struct tw_iban){BANK_CODE, ALICE};
    item.request.cash.amount = amount;
    item.request.cash.currency = (struct tw_currency){"EUR"};
    seal_session(item.request.cash.session);
    return item;
}

MAYBE_UNUSED static struct bank_item reversal_of(const struct bank_item *original,
                                                 const struct bank_op *op, int64_t dispensed) {
    struct bank_item item = new_item(op);
    item.request.header.txid = original->request.header.txid;
    item.request.reverse.amount = original->request.cash.amount;
    item.request.reverse.dispensed = dispensed;
    item.request.reverse.currency = (struct tw_currency){"EUR"};
    return item;
}

#endif
