/* journal: numbers that never repeat, a lock, notes that are always somewhere, disks that fill. */
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>

#include "fixture.h"

static struct bench bench;

static void setup(void) {
    struct tw_error error = {0};
    bench_setup(&bench);
    ck_assert_msg(tw_ok(bench_open_journal(&bench, NULL, &error)), "%s", error.detail);
}

static void teardown(void) {
    atm_journal_close(bench.journal);
    bench.journal = NULL;
    bench_teardown(&bench);
}

static void reopen(void) {
    struct tw_error error = {0};
    atm_journal_close(bench.journal);
    bench.journal = NULL;
    ck_assert_msg(tw_ok(bench_open_journal(&bench, NULL, &error)), "%s", error.detail);
}

static int64_t next_stan(int32_t date) {
    struct tw_error error = {0};
    atm_journal_begin(bench.journal);
    const int64_t stan = atm_journal_next_stan(bench.journal, date);
    ck_assert_msg(tw_ok(atm_journal_commit(bench.journal, &error)), "%s", error.detail);
    return stan;
}

START_TEST(stan_rises_over_restarts_and_starts_anew_each_day) {
    ck_assert_int_eq(next_stan(100), 1);
    ck_assert_int_eq(next_stan(100), 2);
    reopen();
    ck_assert_int_eq(next_stan(100), 3);
    ck_assert_int_eq(next_stan(101), 1);
    ck_assert_int_eq(next_stan(100), 4); /* a day that comes back goes on where it was */
}
END_TEST

static void run_sql(const char *sql, int expected) {
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open(bench.journal_file, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), expected);
    (void)sqlite3_close(db);
}

START_TEST(used_up_stans_fail_the_transaction) {
    struct tw_error error = {0};
    ck_assert_int_eq(next_stan(100), 1);
    run_sql("UPDATE stan SET last = 999999", SQLITE_OK);
    atm_journal_begin(bench.journal);
    ck_assert_int_eq(atm_journal_next_stan(bench.journal, 100), 0);
    ck_assert(!tw_ok(atm_journal_commit(bench.journal, &error)));
}
END_TEST

START_TEST(second_opener_is_refused_with_a_clear_error) {
    struct bench second = bench;
    struct tw_error error = {0};
    second.journal = NULL;
    const struct tw_status status = bench_open_journal(&second, NULL, &error);
    ck_assert_int_eq(status.code, TW_E_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error.detail, "another process is this terminal"));
    reopen(); /* the lock goes with its holder */
}
END_TEST

START_TEST(readers_may_look_while_it_is_open) {
    struct tw_error error = {0};
    struct atm_journal *reader = NULL;
    const struct atm_journal_options options = {.file = bench.journal_file,
                                                .terminal_id = BENCH_TERMINAL,
                                                .acquirer = BENCH_BANK,
                                                .clock = &bench.clock,
                                                .read_only = true};
    ck_assert_msg(tw_ok(atm_journal_open(&options, &reader, &error)), "%s", error.detail);
    struct atm_journal_state state;
    ck_assert(tw_ok(atm_journal_state(reader, &state, &error)));
    atm_journal_close(reader);
}
END_TEST

START_TEST(another_terminals_journal_is_refused) {
    struct atm_journal *other = NULL;
    struct tw_error error = {0};
    atm_journal_close(bench.journal);
    bench.journal = NULL;
    const struct atm_journal_options options = {.file = bench.journal_file,
                                                .terminal_id = BENCH_TERMINAL + 1,
                                                .acquirer = BENCH_BANK,
                                                .clock = &bench.clock};
    ck_assert_int_eq(atm_journal_open(&options, &other, &error).code, TW_E_CONFIG);
    ck_assert(tw_ok(bench_open_journal(&bench, NULL, &error)));
}
END_TEST

START_TEST(newer_schema_and_broken_file_are_refused) {
    struct tw_error error = {0};
    atm_journal_close(bench.journal);
    bench.journal = NULL;
    run_sql("PRAGMA user_version = 999", SQLITE_OK);
    ck_assert_int_eq(bench_open_journal(&bench, NULL, &error).code, TW_E_CONFIG);
    FILE *out = fopen(bench.journal_file, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_gt(fputs("this is no database, whatever its name may say to you", out), 0);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(bench_open_journal(&bench, NULL, &error).code, TW_E_IO);
}
END_TEST

static void write_entry(const char *event) {
    struct tw_error error = {0};
    struct atm_journal_entry entry = {.business_date = 100, .stan = 1};
    (void)snprintf(entry.event, sizeof entry.event, "%s", event);
    atm_journal_begin(bench.journal);
    atm_journal_write(bench.journal, &entry);
    ck_assert(tw_ok(atm_journal_commit(bench.journal, &error)));
}

static void collect(void *context, const struct atm_journal_entry *entry) {
    char *events = context;
    ck_assert_uint_lt(strlen(events) + strlen(entry->event), 64);
    memcpy(events + strlen(events), entry->event, strlen(entry->event) + 1);
}

START_TEST(electronic_journal_keeps_order_and_cannot_be_changed) {
    char events[64] = "";
    write_entry("one");
    write_entry("two");
    run_sql("UPDATE entry SET event = 'three'", SQLITE_CONSTRAINT);
    run_sql("DELETE FROM entry", SQLITE_CONSTRAINT);
    ck_assert(tw_ok(atm_journal_read(bench.journal, 0, 10, collect, events, NULL)));
    ck_assert_str_eq(events, "onetwo");
    ck_assert_int_eq(atm_journal_last_sequence(bench.journal), 2);
}
END_TEST

START_TEST(failure_sticks_and_undoes_the_whole_transaction) {
    struct tw_error error = {0};
    const struct tw_currency euro = {"EUR"};
    ck_assert(tw_ok(atm_journal_fit(bench.journal, 1, 5000, euro, &error)));
    atm_journal_begin(bench.journal);
    atm_journal_loaded(bench.journal, 1, 10);
    atm_journal_loaded(bench.journal, 1, -20); /* below zero: refused by the table */
    atm_journal_loaded(bench.journal, 1, 5);
    ck_assert_int_eq(atm_journal_commit(bench.journal, &error).code, TW_E_IO);
    ck_assert_int_eq(bench_cassette(&bench, 1).loaded, 0);
    atm_journal_begin(bench.journal); /* and the next transaction works */
    atm_journal_loaded(bench.journal, 1, 7);
    ck_assert(tw_ok(atm_journal_commit(bench.journal, &error)));
    ck_assert_int_eq(bench_cassette(&bench, 1).remaining, 7);
}
END_TEST

START_TEST(cassette_with_notes_keeps_its_denomination) {
    struct tw_error error = {0};
    const struct tw_currency euro = {"EUR"};
    ck_assert(tw_ok(atm_journal_fit(bench.journal, 1, 5000, euro, &error)));
    ck_assert(tw_ok(atm_journal_fit(bench.journal, 1, 2000, euro, &error)));
    atm_journal_begin(bench.journal);
    atm_journal_loaded(bench.journal, 1, 1);
    ck_assert(tw_ok(atm_journal_commit(bench.journal, &error)));
    ck_assert_int_eq(atm_journal_fit(bench.journal, 1, 5000, euro, &error).code, TW_E_CONFLICT);
}
END_TEST

/* --- a disk that fails on command: a VFS that passes everything to the real one --------------- */

enum { METHODS_MAX = 4 }; /* the database and its WAL have different ones */

static bool disk_is_full;
static sqlite3_vfs full_vfs;
static size_t methods_count;
static sqlite3_io_methods full_methods[METHODS_MAX];
static const sqlite3_io_methods *real_methods[METHODS_MAX];

static const sqlite3_io_methods *real_of(const sqlite3_file *file) {
    return real_methods[file->pMethods - full_methods];
}

static int full_write(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 offset) {
    return disk_is_full ? SQLITE_FULL : real_of(file)->xWrite(file, bytes, amount, offset);
}

static int full_sync(sqlite3_file *file, int flags) {
    return disk_is_full ? SQLITE_IOERR_FSYNC : real_of(file)->xSync(file, flags);
}

static int full_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *out_flags) {
    sqlite3_vfs *real = vfs->pAppData;
    const int rc = real->xOpen(real, name, file, flags, out_flags);
    if (rc != SQLITE_OK || file->pMethods == NULL)
        return rc;
    size_t slot = 0;
    while (slot < methods_count && real_methods[slot] != file->pMethods)
        slot++;
    ck_assert_uint_lt(slot, METHODS_MAX);
    if (slot == methods_count) {
        real_methods[methods_count++] = file->pMethods;
        full_methods[slot] = *file->pMethods;
        full_methods[slot].xWrite = full_write;
        full_methods[slot].xSync = full_sync;
    }
    file->pMethods = &full_methods[slot];
    return rc;
}

static void register_full_vfs(void) {
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    full_vfs = *real;
    full_vfs.zName = "full";
    full_vfs.pAppData = real;
    full_vfs.xOpen = full_open;
    ck_assert_int_eq(sqlite3_vfs_register(&full_vfs, 0), SQLITE_OK);
}

/* --- pruning -------------------------------------------------------------------------------- */

#define OLD_DAY   20000
#define TODAY     20002
#define KEPT_DAYS 2

static struct tw_uuid txid_of(int32_t day, enum atm_operation_state state, const char *advice_rc) {
    return (struct tw_uuid){{(uint8_t)(day - OLD_DAY + 1), (uint8_t)(state + 1),
                             (uint8_t)(advice_rc != NULL ? advice_rc[0] : 1)}};
}

/* An operation with a plan, a line of history and an advice ("" waits, NULL: has none). */
static void put_operation(int32_t day, enum atm_operation_state state, const char *advice_rc) {
    const struct tw_uuid txid = txid_of(day, state, advice_rc);
    const struct atm_mix mix = {.count = 1,
                                .parts = {{.number = 1, .denomination_minor = 5000, .notes = 1}}};
    const struct atm_operation operation = {.txid = txid,
                                            .kind = ATM_OP_WITHDRAWAL,
                                            .state = state,
                                            .business_date = day,
                                            .stan = atm_journal_next_stan(bench.journal, day),
                                            .amount_minor = 5000,
                                            .currency = {"EUR"},
                                            .account = bench_account};
    const struct atm_journal_entry entry = {
        .business_date = day, .stan = operation.stan, .txid = txid, .event = "request"};
    atm_journal_operation_new(bench.journal, &operation);
    atm_journal_plan(bench.journal, &txid, &mix);
    atm_journal_write(bench.journal, &entry);
    if (advice_rc == NULL)
        return;
    TW_JSON_OWNED json_t *params = json_object();
    int64_t advice = atm_journal_advise(bench.journal, &txid, TW_METHOD_WITHDRAW_CONFIRM,
                                        operation.stan, params);
    if (advice_rc[0] != '\0')
        atm_journal_advice_acknowledged(bench.journal, advice, advice_rc);
}

static bool has_operation(int32_t day, enum atm_operation_state state, const char *advice_rc) {
    const struct tw_uuid txid = txid_of(day, state, advice_rc);
    struct atm_operation operation;
    return tw_ok(atm_journal_operation(bench.journal, &txid, &operation, NULL));
}

static void put_days(void) {
    atm_journal_begin(bench.journal);
    for (int state = ATM_OP_REQUESTED; state <= ATM_OP_RETURNED; state++)
        put_operation(OLD_DAY, (enum atm_operation_state)state, NULL);
    put_operation(OLD_DAY, ATM_OP_DONE, "00");
    put_operation(OLD_DAY, ATM_OP_DONE, "");
    put_operation(OLD_DAY, ATM_OP_DONE, "94");
    put_operation(OLD_DAY + 1, ATM_OP_DONE, "00");
    put_operation(TODAY, ATM_OP_DONE, "00");
    ck_assert(tw_ok(atm_journal_commit(bench.journal, NULL)));
}

static void prune(void) {
    atm_journal_begin(bench.journal);
    atm_journal_prune(bench.journal, KEPT_DAYS);
    ck_assert(tw_ok(atm_journal_commit(bench.journal, NULL)));
}

static void count_entry(void *context, const struct atm_journal_entry *entry) {
    (void)entry;
    ++*(size_t *)context;
}

static size_t entries(void) {
    size_t count = 0;
    ck_assert(tw_ok(atm_journal_read(bench.journal, 0, 1000, count_entry, &count, NULL)));
    return count;
}

START_TEST(pruning_forgets_what_ended_long_ago_and_nothing_else) {
    static const bool forgotten[] = {
        [ATM_OP_DONE] = true,    [ATM_OP_DECLINED] = true, [ATM_OP_REVERSED] = true,
        [ATM_OP_SETTLED] = true, [ATM_OP_RETURNED] = true,
    };
    put_days();
    const size_t before = entries();
    prune();
    for (int state = ATM_OP_REQUESTED; state <= ATM_OP_RETURNED; state++)
        ck_assert_int_eq(has_operation(OLD_DAY, (enum atm_operation_state)state, NULL),
                         !forgotten[state]);
    ck_assert(!has_operation(OLD_DAY, ATM_OP_DONE, "00"));
    ck_assert(has_operation(OLD_DAY, ATM_OP_DONE, ""));   /* unacknowledged */
    ck_assert(has_operation(OLD_DAY, ATM_OP_DONE, "94")); /* disputed */
    ck_assert(has_operation(OLD_DAY + 1, ATM_OP_DONE, "00"));
    ck_assert(has_operation(TODAY, ATM_OP_DONE, "00"));
    ck_assert_uint_eq(entries(), before - 6);
    struct atm_waiting_advice advices[ATM_ADVICES_MAX];
    size_t waiting = 0;
    ck_assert(tw_ok(atm_journal_waiting(bench.journal, advices, &waiting, NULL)));
    ck_assert_uint_eq(waiting, 1);
}
END_TEST

START_TEST(pruning_waits_for_enough_business_dates_and_never_goes_back) {
    put_days();
    atm_journal_begin(bench.journal);
    atm_journal_prune(bench.journal, KEPT_DAYS + 1);
    ck_assert(tw_ok(atm_journal_commit(bench.journal, NULL)));
    ck_assert(has_operation(OLD_DAY, ATM_OP_DONE, NULL));
    prune();
    ck_assert(!has_operation(OLD_DAY, ATM_OP_DONE, NULL));
    const size_t left = entries();
    prune();
    ck_assert_uint_eq(entries(), left);
}
END_TEST

START_TEST(kept_history_cannot_be_deleted) {
    put_days();
    prune();
    run_sql("DELETE FROM entry", SQLITE_CONSTRAINT);
}
END_TEST

START_TEST(sign_on_prunes) {
    put_days();
    atm_journal_close(bench.journal);
    bench.journal = NULL;
    bench_start(&bench);
    ck_assert(has_operation(OLD_DAY, ATM_OP_DECLINED, NULL));
    bench_sign_on(&bench);
    ck_assert(!has_operation(OLD_DAY, ATM_OP_DECLINED, NULL));
    ck_assert(has_operation(TODAY, ATM_OP_DONE, "00"));
    bench_stop(&bench);
}
END_TEST

/* A terminal with a session on a disk that can become full. */
static void ready_on_full_vfs(void) {
    atm_journal_close(bench.journal);
    bench.journal = NULL;
    register_full_vfs();
    bench_start_with(&bench, "full");
    bench_sign_on(&bench);
    bench_replenish(&bench, 20, 40);
    bench_open_session(&bench);
    ck_assert_int_eq(atm_terminal_phase(bench.terminal), ATM_PHASE_SESSION);
}

START_TEST(full_disk_asks_nothing_of_the_host_and_ends_service) {
    ready_on_full_vfs();
    disk_is_full = true;
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW), 0);
    ck_assert_str_eq(atm_terminal_reason(bench.terminal), "journal");
    disk_is_full = false;
    bench_power_loss(&bench);
    ck_assert_int_eq(bench.outcome.recovered, 0);
    ck_assert_str_eq(atm_terminal_reason(bench.terminal), "");
    bench_stop(&bench);
}
END_TEST

/* The disk fills while the host thinks: approved, but no INTENT can be written. */
START_TEST(approval_on_a_full_disk_pays_nothing_and_is_reversed_at_power_up) {
    ready_on_full_vfs();
    bench.mood[TW_METHOD_WITHDRAW] = HOST_IS_SILENT;
    bench_withdraw(&bench, 6000);
    disk_is_full = true;
    bench_answer(&bench, bench_last(&bench, TW_METHOD_WITHDRAW), HOST_APPROVES);
    ck_assert_int_eq(bench.outcome.verdict, ATM_FAULT);
    ck_assert_int_eq(atm_sim_world(bench.sim)->cassettes[1].taken, 0);
    disk_is_full = false;
    bench_power_loss(&bench);
    ck_assert_int_eq(bench.outcome.recovered, 1);
    bench_pass(&bench, 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_REVERSE), 1);
    bench_check_notes(&bench);
    bench_stop(&bench);
}
END_TEST

static void fill_disk_and_take(void *context, struct atm_sim *sim, int64_t timeout_ms) {
    (void)context;
    ck_assert_int_eq(timeout_ms, atm_limits_default.taken_ms);
    ck_assert(atm_sim_awaits_customer(sim));
    disk_is_full = true;
    atm_sim_customer(sim, true);
    ck_assert(!atm_sim_awaits_customer(sim));
}

/* The disk fills while the notes are at the shutter: taken, but no DONE can be written. */
START_TEST(cash_taken_on_a_full_disk_is_confirmed_at_power_up) {
    bench.on_presented = fill_disk_and_take;
    ready_on_full_vfs();
    bench_withdraw(&bench, 6000);
    ck_assert_int_eq(bench.outcome.verdict, ATM_SUSPECT);
    ck_assert_int_eq(atm_sim_world(bench.sim)->cassettes[1].taken, 3);
    disk_is_full = false;
    bench_power_loss(&bench);
    ck_assert_int_eq(bench.outcome.recovered, 1);
    bench_pass(&bench, 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_CONFIRM), 1);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_WITHDRAW_REVERSE), 0);
    bench_check_notes(&bench);
    bench_stop(&bench);
}
END_TEST

/* The same for a deposit: the notes stay in escrow, and go back when there is room again. */
START_TEST(deposit_approved_on_a_full_disk_goes_back_at_power_up) {
    const struct tw_notes notes[] = {{2000, 3}};
    ready_on_full_vfs();
    ck_assert(tw_ok(atm_sim_insert(bench.sim, notes, 1, NULL)));
    bench.mood[TW_METHOD_DEPOSIT] = HOST_IS_SILENT;
    atm_deposit(bench.terminal, &bench_account, bench_done, &bench);
    disk_is_full = true;
    bench_answer(&bench, bench_last(&bench, TW_METHOD_DEPOSIT), HOST_APPROVES);
    ck_assert_int_eq(bench.outcome.verdict, ATM_SUSPECT);
    ck_assert_str_eq(atm_terminal_reason(bench.terminal), "journal");
    disk_is_full = false;
    bench_power_loss(&bench);
    ck_assert_int_eq(bench.outcome.recovered, 1);
    bench_pass(&bench, 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_DEPOSIT_REVERSE), 1);
    ck_assert_int_eq(atm_sim_world(bench.sim)->deposit_state, ATM_ESCROW_RETURNED);
    ck_assert_uint_eq(atm_sim_world(bench.sim)->stowed_count, 0);
    bench_stop(&bench);
}
END_TEST

/* And for a transfer: the host knows how it ended, so it is asked. */
START_TEST(transfer_answered_on_a_full_disk_is_asked_about_at_power_up) {
    ready_on_full_vfs();
    bench.mood[TW_METHOD_TRANSFER] = HOST_IS_SILENT;
    atm_transfer(bench.terminal, &bench_account, &bench_payee, 2500, "lunch", bench_done, &bench);
    disk_is_full = true;
    bench_answer(&bench, bench_last(&bench, TW_METHOD_TRANSFER), HOST_APPROVES);
    ck_assert_str_eq(atm_terminal_reason(bench.terminal), "journal");
    atm_transfer(bench.terminal, &bench_account, &bench_payee, 2500, "more", bench_done, &bench);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_TRANSFER), 1);
    disk_is_full = false;
    bench_power_loss(&bench);
    ck_assert_int_eq(bench.outcome.recovered, 1);
    bench_pass(&bench, 0);
    ck_assert_uint_eq(bench_count(&bench, TW_METHOD_TRANSFER_STATUS), 1);
    ck_assert_int_eq(atm_journal_operation_count(bench.journal, ATM_OP_DONE), 1);
    bench_stop(&bench);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = deposit_approved_on_a_full_disk_goes_back_at_power_up},
        {.test = transfer_answered_on_a_full_disk_is_asked_about_at_power_up},
        {.test = stan_rises_over_restarts_and_starts_anew_each_day},
        {.test = used_up_stans_fail_the_transaction},
        {.test = second_opener_is_refused_with_a_clear_error},
        {.test = readers_may_look_while_it_is_open},
        {.test = another_terminals_journal_is_refused},
        {.test = newer_schema_and_broken_file_are_refused},
        {.test = electronic_journal_keeps_order_and_cannot_be_changed},
        {.test = failure_sticks_and_undoes_the_whole_transaction},
        {.test = cassette_with_notes_keeps_its_denomination},
        {.test = pruning_forgets_what_ended_long_ago_and_nothing_else},
        {.test = pruning_waits_for_enough_business_dates_and_never_goes_back},
        {.test = kept_history_cannot_be_deleted},
        {.test = sign_on_prunes},
        {.test = full_disk_asks_nothing_of_the_host_and_ends_service},
        {.test = approval_on_a_full_disk_pays_nothing_and_is_reversed_at_power_up},
        {.test = cash_taken_on_a_full_disk_is_confirmed_at_power_up},
    };
    return test_main_with("journal", tests, COUNT_OF(tests), setup, teardown);
}
