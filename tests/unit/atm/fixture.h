/*
 * A terminal on a test bench: the real core, journal and simulated devices in a folder of their
 * own, a clock that stands still, and a host that answers as it is told. A "power loss" frees the
 * terminal in whatever phase it is and opens the same files again.
 */
#ifndef TEST_ATM_FIXTURE_H
#define TEST_ATM_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atm-client/core/terminal.h"
#include "atm-client/device/sim.h"
#include "atm-client/journal/journal.h"
#include "core/date.h"
#include "core/log.h"
#include "support/certificate.h"
#include "support/scratch.h"
#include "support/suite.h"
#include "wire/json.h"

#define BENCH_TERMINAL 17
#define BENCH_BANK     90000001
#define BENCH_PAN      "9276000100000015"
#define BENCH_PIN      "1234"
#define BENCH_FOREIGN  "9276000200000014" /* of bank 90000002 */
#define BENCH_CALLS    1024

/* How the host meets a method. */
enum bench_mood {
    HOST_APPROVES,
    HOST_DECLINES, /* with `rc` */
    HOST_IS_SILENT,
    HOST_FAILS,      /* JSON-RPC error UNAVAILABLE */
    HOST_MISBEHAVES, /* a result that is no result */
    HOST_REFUSES,    /* JSON-RPC error INVALID_PARAMS */
};

struct bench_call {
    enum tw_method_id method;
    json_t *params;
    atm_host_fn callback; /* NULL once answered */
    void *context;
};

/* Where the dispenser stops doing anything, as if the power went. */
enum bench_cut {
    CUT_NOWHERE,
    CUT_BEFORE_DISPENSE,
    CUT_AFTER_DISPENSE,
    CUT_AFTER_PRESENT,
    CUT_AFTER_TAKEN,
    CUT_AFTER_COUNT,
    CUT_BEFORE_STOW,
    CUT_AFTER_STOW
};

struct bench {
    char folder[TEST_PATH_SIZE];
    char journal_file[TEST_PATH_SIZE + 16];
    char world_file[TEST_PATH_SIZE + 16];
    char root_file[TEST_PATH_SIZE + 16];
    char crl_file[TEST_PATH_SIZE + 16];
    struct test_certificate root;
    struct test_certificate pin;
    struct test_certificate foreign_pin;
    int64_t now_us;
    int64_t wall_ahead_ms; /* somebody sets the clock on the wall */
    uint64_t random_state;
    struct tw_clock clock;
    struct tw_random random;
    char *pin_pem;
    char *foreign_pem;
    int64_t surcharge; /* as sign-on tells */
    int64_t charged;   /* as approvals of the foreign card tell */
    enum bench_mood mood[TW_METHOD_COUNT];
    const char *rc[TW_METHOD_COUNT]; /* with HOST_DECLINES */
    const char *transfer_status;     /* with HOST_APPROVES; NULL: COMPLETED */
    size_t call_count;
    struct bench_call calls[BENCH_CALLS];
    enum bench_cut cut;
    void (*on_presented)(void *context, struct atm_sim *sim, int64_t timeout_ms); /* NULL: taken */
    struct atm_devices real;
    struct atm_sim *sim;
    struct atm_journal *journal;
    struct atm_terminal *terminal;
    size_t done_count;
    struct atm_outcome outcome;
};

__attribute__((unused)) static const struct tw_iban bench_account = {BENCH_BANK, 1000000001};
__attribute__((unused)) static const struct tw_iban bench_foreign = {BENCH_BANK + 1, 1000000005};
__attribute__((unused)) static const struct tw_iban bench_payee = {BENCH_BANK, 1000000002};

/* --- clock and random ----------------------------------------------------------------------- */

static inline int64_t bench_monotonic_us(void *context) {
    return ((struct bench *)context)->now_us;
}

static inline int64_t bench_wall_ms(void *context) {
    const struct bench *bench = context;
    return TEST_NOW_S * 1000 + bench->now_us / 1000 + bench->wall_ahead_ms;
}

static inline void bench_fill(void *context, void *bytes, size_t length) {
    struct bench *bench = context;
    for (size_t i = 0; i < length; i++) { /* xorshift64: any bytes will do */
        bench->random_state ^= bench->random_state << 13;
        bench->random_state ^= bench->random_state >> 7;
        bench->random_state ^= bench->random_state << 17;
        ((uint8_t *)bytes)[i] = (uint8_t)bench->random_state;
    }
}

/* --- host ----------------------------------------------------------------------------------- */

static inline void bench_charge(const struct bench *bench, const json_t *params, json_t *result) {
    const char *account = json_string_value(json_object_get(params, "account"));
    const char *from = json_string_value(json_object_get(params, "from_account"));
    struct tw_iban iban = {0};
    const char *payer = from != NULL ? from : account;
    if (bench->charged > 0 && payer != NULL && tw_ok(tw_iban_parse(payer, &iban, NULL)) &&
        iban.bank_code != BENCH_BANK)
        (void)json_object_set_new(result, "surcharge", json_integer(bench->charged));
}

static inline json_t *bench_posting(const struct bench *bench, const json_t *params) {
    const char *status = bench->transfer_status != NULL ? bench->transfer_status : "COMPLETED";
    json_t *result =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:I, s:s, s:s}", "rc", "00", "text",
                  "approved", "rrn", "632400000001", "authorization_id", "ABC123", "amount",
                  json_integer_value(json_object_get(params, "amount")), "currency", "EUR",
                  "available_balance", (json_int_t)94000, "ledger_balance", (json_int_t)94000,
                  "entry_no", (json_int_t)7, "business_date", "2026-11-20", "status", status);
    bench_charge(bench, params, result);
    return result;
}

static inline bool bench_is_foreign(const json_t *params, const char *member) {
    const char *number = json_string_value(json_object_get(params, member));
    return number != NULL && strncmp(number, BENCH_FOREIGN, 8) == 0;
}

static inline json_t *bench_session(const json_t *params) {
    if (bench_is_foreign(params, "pan"))
        return json_pack("{s:s, s:s, s:s, s:I, s:[{s:s, s:s, s:s}]}", "rc", "00", "text",
                         "approved", "session", "TOKEN-2", "expires_in_ms", (json_int_t)120000,
                         "accounts", "account", "DE04900000021000000005", "product", "checking",
                         "currency", "EUR");
    return json_pack("{s:s, s:s, s:s, s:I, s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}]}", "rc", "00",
                     "text", "approved", "session", "TOKEN-1", "expires_in_ms", (json_int_t)120000,
                     "accounts", "account", "DE77900000011000000001", "product", "checking",
                     "currency", "EUR", "account", "DE50900000011000000002", "product", "savings",
                     "currency", "EUR");
}

/* What a friendly host says. */
static inline json_t *bench_result(const struct bench *bench, enum tw_method_id method,
                                   const json_t *params) {
    const bool foreign = bench_is_foreign(params, "iin");
    switch ((int)method) {
    case TW_METHOD_SIGN_ON:
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "rc", "00", "text", "approved",
                         "business_date", "2026-11-20", "bank_code", "90000001", "bank_name",
                         "Alder Bank", "currency", "EUR", "surcharge",
                         (json_int_t)bench->surcharge);
    case TW_METHOD_PIN_KEY:
        return json_pack("{s:s, s:s, s:s, s:s}", "rc", "00", "text", "approved", "bank_code",
                         foreign ? "90000002" : "90000001", "certificate",
                         foreign ? bench->foreign_pem : bench->pin_pem);
    case TW_METHOD_SESSION_OPEN:
        return bench_session(params);
    case TW_METHOD_BALANCE:
        return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "rc", "00", "text", "approved",
                         "currency", "EUR", "ledger_balance", (json_int_t)100000,
                         "available_balance", (json_int_t)95000, "entry_no", (json_int_t)6);
    case TW_METHOD_STATEMENT:
        return json_pack("{s:s, s:s, s:s, s:I, s:I, s:[{s:I, s:s, s:I, s:I, s:s, s:s}]}", "rc",
                         "00", "text", "approved", "currency", "EUR", "ledger_balance",
                         (json_int_t)94000, "available_balance", (json_int_t)94000, "entries",
                         "entry_no", (json_int_t)2, "business_date", "2026-11-20", "amount",
                         (json_int_t)-6000, "balance", (json_int_t)94000, "operation", "withdrawal",
                         "txid", "0198f1d0-7c7a-7d3e-8a55-0123456789ab");
    case TW_METHOD_WITHDRAW:
    case TW_METHOD_WITHDRAW_CONFIRM:
    case TW_METHOD_WITHDRAW_REVERSE:
    case TW_METHOD_DEPOSIT:
    case TW_METHOD_DEPOSIT_REVERSE:
    case TW_METHOD_TRANSFER:
    case TW_METHOD_TRANSFER_STATUS:
        return bench_posting(bench, params);
    case TW_METHOD_TERMINAL_REPLENISH:
    case TW_METHOD_TERMINAL_REMOVE:
    case TW_METHOD_TERMINAL_BALANCE:
    case TW_METHOD_TERMINAL_TOTALS:
    case TW_METHOD_TERMINAL_CUT_OVER:
        return json_pack("{s:s, s:s, s:s, s:I}", "rc", "00", "text", "approved", "currency", "EUR",
                         "cash_balance", (json_int_t)180000);
    default:
        return json_pack("{s:s, s:s}", "rc", "00", "text", "approved");
    }
}

/* A transfer that was rejected says so; 63 speaks of who asked. */
static inline json_t *bench_decline(enum tw_method_id method, const char *rc) {
    json_t *result = json_pack("{s:s, s:s}", "rc", rc, "text", "declined");
    if (method == TW_METHOD_TRANSFER_STATUS && strcmp(rc, "63") != 0)
        (void)json_object_set_new(result, "status", json_string("REJECTED"));
    return result;
}

static inline void bench_answer(struct bench *bench, struct bench_call *call,
                                enum bench_mood mood) {
    struct atm_host_answer answer = {0};
    TW_JSON_OWNED json_t *result = NULL;
    TW_JSON_OWNED json_t *error = NULL;
    const char *rc = bench->rc[call->method] != NULL ? bench->rc[call->method] : "51";
    if (mood == HOST_APPROVES)
        result = bench_result(bench, call->method, call->params);
    else if (mood == HOST_DECLINES)
        result = bench_decline(call->method, rc);
    else if (mood == HOST_MISBEHAVES)
        result = json_pack("{s:s}", "rc", "no rc");
    else
        error = json_pack("{s:i, s:s, s:{s:s, s:s}}", "code",
                          mood == HOST_REFUSES ? -32602 : -32005, "message", "error of the host",
                          "data", "rc", mood == HOST_REFUSES ? "30" : "91", "reason", "a test");
    ck_assert(result != NULL || error != NULL);
    atm_host_fn callback = call->callback;
    call->callback = NULL;
    answer.result = result;
    answer.rpc_error = error;
    callback(call->context, &answer);
}

static inline void bench_call_host(void *context, const char *method, json_t *params,
                                   int64_t deadline_us, atm_host_fn callback,
                                   void *callback_context) {
    struct bench *bench = context;
    ck_assert_int_ge(deadline_us, bench->now_us);
    ck_assert_uint_lt(bench->call_count, BENCH_CALLS);
    struct bench_call *call = &bench->calls[bench->call_count++];
    *call = (struct bench_call){
        .params = json_deep_copy(params), .callback = callback, .context = callback_context};
    ck_assert(tw_method_find(method, &call->method));
    if (bench->mood[call->method] != HOST_IS_SILENT)
        bench_answer(bench, call, bench->mood[call->method]);
}

/* The last call of this method; NULL when there was none. */
static inline struct bench_call *bench_last(struct bench *bench, enum tw_method_id method) {
    for (size_t i = bench->call_count; i-- > 0;)
        if (bench->calls[i].method == method)
            return &bench->calls[i];
    return NULL;
}

static inline size_t bench_count(const struct bench *bench, enum tw_method_id method) {
    size_t count = 0;
    for (size_t i = 0; i < bench->call_count; i++)
        count += bench->calls[i].method == method;
    return count;
}

static inline int64_t bench_number(const struct bench_call *call, const char *member) {
    ck_assert_ptr_nonnull(call);
    return json_integer_value(json_object_get(call->params, member));
}

static inline const char *bench_text(const struct bench_call *call, const char *member) {
    ck_assert_ptr_nonnull(call);
    const char *text = json_string_value(json_object_get(call->params, member));
    return text != NULL ? text : "";
}

/* --- devices -------------------------------------------------------------------------------- */

static inline void bench_swallow_cash(void *context, const struct atm_cash_report *report) {
    (void)context;
    (void)report;
}

static inline void bench_swallow_escrow(void *context, const struct atm_escrow_report *report) {
    (void)context;
    (void)report;
}

static inline void bench_dispense(void *context, const struct tw_uuid *reference,
                                  const struct atm_mix *mix, atm_cash_fn done, void *done_context) {
    struct bench *bench = context;
    if (bench->cut != CUT_BEFORE_DISPENSE)
        bench->real.dispenser.dispense(bench->sim, reference, mix,
                                       bench->cut == CUT_AFTER_DISPENSE ? bench_swallow_cash : done,
                                       done_context);
}

static inline void bench_present(void *context, atm_cash_fn done, void *done_context) {
    struct bench *bench = context;
    bench->real.dispenser.present(
        bench->sim, bench->cut == CUT_AFTER_PRESENT ? bench_swallow_cash : done, done_context);
}

static inline void bench_await(void *context, int64_t timeout_ms, atm_cash_fn done,
                               void *done_context) {
    struct bench *bench = context;
    bench->real.dispenser.await_taken(bench->sim, timeout_ms,
                                      bench->cut == CUT_AFTER_TAKEN ? bench_swallow_cash : done,
                                      done_context);
}

static inline void bench_reject(void *context, atm_cash_fn done, void *done_context) {
    struct bench *bench = context;
    bench->real.dispenser.reject(bench->sim, done, done_context);
}

static inline void bench_retract(void *context, atm_cash_fn done, void *done_context) {
    struct bench *bench = context;
    bench->real.dispenser.retract(bench->sim, done, done_context);
}

static inline void bench_inspect(void *context, const struct tw_uuid *reference,
                                 struct atm_cash_report *ret_report) {
    struct bench *bench = context;
    bench->real.dispenser.inspect(bench->sim, reference, ret_report);
}

static inline bool bench_usable(void *context, int32_t number) {
    struct bench *bench = context;
    return bench->real.dispenser.usable(bench->sim, number);
}

static inline void bench_stow(void *context, atm_escrow_fn done, void *done_context) {
    struct bench *bench = context;
    if (bench->cut != CUT_BEFORE_STOW)
        bench->real.acceptor.cash_in_end(
            bench->sim, bench->cut == CUT_AFTER_STOW ? bench_swallow_escrow : done, done_context);
}

static inline void bench_cash_in(void *context, const struct tw_uuid *reference, atm_escrow_fn done,
                                 void *done_context) {
    struct bench *bench = context;
    bench->real.acceptor.cash_in(bench->sim, reference,
                                 bench->cut == CUT_AFTER_COUNT ? bench_swallow_escrow : done,
                                 done_context);
}

static inline void bench_rollback(void *context, atm_escrow_fn done, void *done_context) {
    struct bench *bench = context;
    bench->real.acceptor.cash_in_rollback(bench->sim, done, done_context);
}

static inline void bench_inspect_escrow(void *context, const struct tw_uuid *reference,
                                        struct atm_escrow_report *ret_report) {
    struct bench *bench = context;
    bench->real.acceptor.inspect(bench->sim, reference, ret_report);
}

static inline bool bench_holds(void *context, struct tw_uuid *ret_reference) {
    struct bench *bench = context;
    return bench->real.acceptor.holds(bench->sim, ret_reference);
}

static inline struct atm_devices bench_devices(struct bench *bench) {
    bench->real = atm_sim_devices(bench->sim);
    return (struct atm_devices){
        .dispenser = {.context = bench,
                      .dispense = bench_dispense,
                      .present = bench_present,
                      .await_taken = bench_await,
                      .reject = bench_reject,
                      .retract = bench_retract,
                      .inspect = bench_inspect,
                      .usable = bench_usable},
        .acceptor = {.context = bench,
                     .cash_in = bench_cash_in,
                     .cash_in_end = bench_stow,
                     .cash_in_rollback = bench_rollback,
                     .inspect = bench_inspect_escrow,
                     .holds = bench_holds},
        .reader = bench->real.reader,
        .printer = bench->real.printer,
        .journal_printer = bench->real.journal_printer,
        .sensors = bench->real.sensors,
    };
}

/* --- life ----------------------------------------------------------------------------------- */

static inline void bench_done(void *context, const struct atm_outcome *outcome) {
    struct bench *bench = context;
    bench->outcome = *outcome;
    bench->done_count++;
}

static inline struct tw_status bench_open_journal(struct bench *bench, const char *vfs,
                                                  struct tw_error *ret_error) {
    const struct atm_journal_options options = {.file = bench->journal_file,
                                                .terminal_id = BENCH_TERMINAL,
                                                .acquirer = BENCH_BANK,
                                                .clock = &bench->clock,
                                                .vfs = vfs};
    return atm_journal_open(&options, &bench->journal, ret_error);
}

static inline void bench_make_key(struct bench *bench) {
    const struct test_wish root_wish = {.authority = true,
                                        .key_usage = "critical,keyCertSign,cRLSign"};
    const struct test_wish pin_wish = {.names = "URI:tellerwire://pin/90000001/92760001",
                                       .key_usage = "critical,keyAgreement"};
    const struct test_wish foreign_wish = {.names = "URI:tellerwire://pin/90000002/92760002",
                                           .key_usage = "critical,keyAgreement"};
    bench->root = test_certificate_make(&root_wish, NULL);
    bench->pin = test_certificate_make(&pin_wish, &bench->root);
    test_certificate_write(&bench->root, bench->root_file);
    test_crl_write(&bench->root, NULL, TEST_NOW_S + TEST_DAY_S, bench->crl_file);
    bench->pin_pem = test_certificate_pem(&bench->pin);
    bench->foreign_pin = test_certificate_make(&foreign_wish, &bench->root);
    bench->foreign_pem = test_certificate_pem(&bench->foreign_pin);
}

/* Files, clock and host; no terminal yet. */
static inline void bench_setup(struct bench *bench) {
    *bench = (struct bench){.now_us = 1000000, .random_state = 0x9E3779B97F4A7C15u};
    tw_log_start("check", (enum tw_log_level)(TW_LOG_ERROR + 1)); /* many failures are wanted */
    test_scratch_folder(bench->folder);
    (void)snprintf(bench->journal_file, sizeof bench->journal_file, "%s/journal.db", bench->folder);
    (void)snprintf(bench->world_file, sizeof bench->world_file, "%s/world", bench->folder);
    (void)snprintf(bench->root_file, sizeof bench->root_file, "%s/root.crt", bench->folder);
    (void)snprintf(bench->crl_file, sizeof bench->crl_file, "%s/crl.pem", bench->folder);
    bench->clock = (struct tw_clock){
        .monotonic_us = bench_monotonic_us, .wall_ms = bench_wall_ms, .context = bench};
    bench->random = (struct tw_random){bench_fill, bench};
    bench_make_key(bench);
}

static inline void bench_start_with(struct bench *bench, const char *vfs) {
    struct tw_error error = {0};
    const struct atm_sim_options sim = {.file = bench->world_file,
                                        .on_presented = bench->on_presented};
    ck_assert_msg(tw_ok(bench_open_journal(bench, vfs, &error)), "%s", error.detail);
    ck_assert_msg(tw_ok(atm_sim_new(&sim, &bench->sim, &error)), "%s", error.detail);
    const struct tw_currency euro = {"EUR"};
    for (int32_t number = 1; number <= 2; number++) {
        const int64_t denomination = number == 1 ? 5000 : 2000;
        ck_assert(tw_ok(atm_journal_fit(bench->journal, number, denomination, euro, &error)));
        ck_assert(tw_ok(atm_sim_fit(bench->sim, number, denomination, &error)));
    }
    const struct atm_terminal_options options = {
        .terminal_id = BENCH_TERMINAL,
        .acquirer = BENCH_BANK,
        .location = "Main Street 17, Alderton",
        .root_file = bench->root_file,
        .crl_file = bench->crl_file,
        .limits = atm_limits_default,
        .keep_days = 2,
        .clock = &bench->clock,
        .random = &bench->random,
        .host = {.context = bench, .call = bench_call_host},
        .devices = bench_devices(bench),
        .journal = bench->journal,
    };
    ck_assert_msg(tw_ok(atm_terminal_new(&options, &bench->terminal, &error)), "%s", error.detail);
    atm_power_up(bench->terminal, bench_done, bench);
    ck_assert_uint_gt(bench->done_count, 0);
}

static inline void bench_start(struct bench *bench) {
    bench_start_with(bench, NULL);
}

/* The process is gone; the files stay. Calls the host still holds are dropped by their tickets. */
static inline void bench_stop(struct bench *bench) {
    atm_terminal_free(bench->terminal);
    bench->terminal = NULL;
    for (size_t i = 0; i < bench->call_count; i++) {
        struct bench_call *call = &bench->calls[i];
        if (call->callback != NULL)
            bench_answer(bench, call, HOST_FAILS); /* must not touch the freed terminal */
    }
    atm_sim_free(bench->sim);
    bench->sim = NULL;
    atm_journal_close(bench->journal);
    bench->journal = NULL;
}

static inline void bench_power_loss(struct bench *bench) {
    bench_stop(bench);
    bench->cut = CUT_NOWHERE;
    for (size_t i = 0; i < TW_METHOD_COUNT; i++)
        bench->mood[i] = HOST_APPROVES;
    bench_start(bench);
}

static inline void bench_teardown(struct bench *bench) {
    if (bench->terminal != NULL || bench->journal != NULL)
        bench_stop(bench);
    for (size_t i = 0; i < bench->call_count; i++)
        json_decref(bench->calls[i].params);
    free(bench->pin_pem);
    free(bench->foreign_pem);
    test_certificate_free(&bench->foreign_pin);
    test_certificate_free(&bench->root);
    test_certificate_free(&bench->pin);
}

/* Moves the clock and lets the terminal do what became due. */
static inline void bench_pass(struct bench *bench, int64_t ms) {
    const int64_t until_us = bench->now_us + ms * 1000;
    for (int64_t due_us = atm_terminal_due_us(bench->terminal); due_us <= until_us;
         due_us = atm_terminal_due_us(bench->terminal)) {
        if (due_us > bench->now_us)
            bench->now_us = due_us;
        atm_terminal_tick(bench->terminal);
    }
    bench->now_us = until_us;
}

/* --- operations ----------------------------------------------------------------------------- */

static inline void bench_sign_on(struct bench *bench) {
    atm_sign_on(bench->terminal, bench_done, bench);
    ck_assert_int_eq(bench->outcome.verdict, ATM_APPROVED);
}

static inline void bench_replenish(struct bench *bench, int64_t fifties, int64_t twenties) {
    struct tw_error error = {0};
    const struct atm_load loads[] = {{1, fifties}, {2, twenties}};
    ck_assert(tw_ok(atm_sim_load(bench->sim, 1, fifties, &error)));
    ck_assert(tw_ok(atm_sim_load(bench->sim, 2, twenties, &error)));
    atm_replenish(bench->terminal, loads, 2, bench_done, bench);
}

static inline void bench_open_card(struct bench *bench, const char *pan) {
    struct atm_card card = {.expiry = 3011};
    (void)snprintf(card.pan, sizeof card.pan, "%s", pan);
    struct tw_error error = {0};
    ck_assert_msg(atm_insert_card(bench->terminal, &card, &error), "%s", error.detail);
    atm_enter_pin(bench->terminal, BENCH_PIN, bench_done, bench);
}

static inline void bench_open_session(struct bench *bench) {
    bench_open_card(bench, BENCH_PAN);
}

/* The card inside leaves, one of another bank comes, and a surcharge is taken from it. */
static inline void bench_ready_foreign(struct bench *bench, int64_t surcharge) {
    atm_eject(bench->terminal, bench_done, bench);
    bench->surcharge = bench->charged = surcharge;
    bench_sign_on(bench);
    bench_open_card(bench, BENCH_FOREIGN);
    ck_assert_msg(bench->outcome.verdict == ATM_APPROVED, "%s", bench->outcome.text);
}

/* Signed on, 20 fifties and 40 twenties inside, a session open. */
static inline void bench_ready(struct bench *bench) {
    bench_setup(bench);
    bench_start(bench);
    bench_sign_on(bench);
    bench_replenish(bench, 20, 40);
    ck_assert_int_eq(bench->outcome.verdict, ATM_APPROVED);
    bench_open_session(bench);
    ck_assert_msg(bench->outcome.verdict == ATM_APPROVED, "%s", bench->outcome.text);
}

static inline void bench_withdraw(struct bench *bench, int64_t amount_minor) {
    atm_withdraw(bench->terminal, &bench_account, amount_minor, bench_done, bench);
}

static inline void bench_arm(struct bench *bench, enum atm_fault fault, int64_t value) {
    struct tw_error error = {0};
    ck_assert(tw_ok(atm_sim_arm(bench->sim, fault, value, &error)));
}

static inline struct atm_cassette bench_cassette(struct bench *bench, int32_t number) {
    struct atm_cassette cassettes[ATM_CASSETTES_MAX];
    size_t count = 0;
    ck_assert(tw_ok(atm_journal_cassettes(bench->journal, cassettes, &count, NULL)));
    ck_assert_int_le(number, (int)count);
    return cassettes[number - 1];
}

/* Every note is where the journal says: T1, and the journal against the world. */
static inline void bench_check_notes(struct bench *bench) {
    const struct atm_world *world = atm_sim_world(bench->sim);
    for (size_t i = 0; i < world->cassette_count; i++) {
        const struct atm_cassette book = bench_cassette(bench, (int32_t)i + 1);
        ck_assert_int_eq(book.loaded, book.remaining + book.dispensed + book.rejected +
                                          book.retracted + book.removed + book.suspect);
        if (book.suspect != 0)
            continue;
        ck_assert_int_eq(book.remaining, world->cassettes[i].notes);
        ck_assert_int_eq(book.dispensed, world->cassettes[i].taken);
        ck_assert_int_eq(book.rejected, world->cassettes[i].reject_bin);
        ck_assert_int_eq(book.retracted, world->cassettes[i].retract_bin);
    }
}

#endif
