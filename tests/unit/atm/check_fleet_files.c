/* What a fleet's terminals keep: journals that are not synced, machines that are written in place.
 */
#include <sqlite3.h>
#include <sys/stat.h>

#include "fixture.h"

static char journal_file[TEST_PATH_SIZE + 16];
static char world_file[TEST_PATH_SIZE + 16];

static void setup(void) {
    char folder[TEST_PATH_SIZE];
    test_scratch_folder(folder);
    (void)snprintf(journal_file, sizeof journal_file, "%s/journal.db", folder);
    (void)snprintf(world_file, sizeof world_file, "%s/world", folder);
}

static struct tw_status open_journal(struct atm_journal **ret_journal, struct tw_error *ret_error) {
    const struct atm_journal_options options = {.file = journal_file,
                                                .terminal_id = BENCH_TERMINAL,
                                                .acquirer = BENCH_BANK,
                                                .clock = tw_clock_system(),
                                                .relaxed = true};
    return atm_journal_open(&options, ret_journal, ret_error);
}

static int64_t next_stan(struct atm_journal *journal) {
    atm_journal_begin(journal);
    const int64_t stan = atm_journal_next_stan(journal, 100);
    ck_assert(tw_ok(atm_journal_commit(journal, NULL)));
    return stan;
}

START_TEST(relaxed_journal_keeps_what_was_committed) {
    struct atm_journal *journal = NULL;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(open_journal(&journal, &error)), "%s", error.detail);
    ck_assert_int_eq(next_stan(journal), 1);
    atm_journal_close(journal);
    ck_assert_msg(tw_ok(open_journal(&journal, &error)), "%s", error.detail);
    ck_assert_int_eq(next_stan(journal), 2);
    atm_journal_close(journal);
}
END_TEST

START_TEST(relaxed_journal_is_one_terminals_only_and_nobody_elses_to_read) {
    struct atm_journal *journal = NULL;
    struct atm_journal *second = NULL;
    struct tw_error error = {0};
    ck_assert(tw_ok(open_journal(&journal, &error)));
    ck_assert_int_eq(next_stan(journal), 1);
    ck_assert_int_eq(open_journal(&second, &error).code, TW_E_CONFLICT);
    sqlite3 *reader = NULL;
    ck_assert_int_eq(sqlite3_open_v2(journal_file, &reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(reader, "SELECT * FROM stan", NULL, NULL, NULL), SQLITE_BUSY);
    ck_assert_int_eq(sqlite3_close(reader), SQLITE_OK);
    atm_journal_close(journal);
    ck_assert_int_eq(sqlite3_open_v2(journal_file, &reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(reader, "SELECT * FROM stan", NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(reader), SQLITE_OK);
}
END_TEST

START_TEST(world_in_place_is_read_back_when_it_has_shrunk) {
    struct atm_world world = {.in_place = true, .cassette_count = 2};
    struct atm_world read;
    struct tw_error error = {0};
    struct stat before;
    struct stat after;
    world.cassettes[0] = (struct atm_world_cassette){.number = 1, .notes = 123456};
    world.cassettes[1] = (struct atm_world_cassette){.number = 2, .notes = 654321};
    ck_assert_msg(tw_ok(atm_world_save(world_file, &world, &error)), "%s", error.detail);
    ck_assert_int_eq(stat(world_file, &before), 0);
    world.cassette_count = 1;
    world.cassettes[0].notes = 7;
    ck_assert_msg(tw_ok(atm_world_save(world_file, &world, &error)), "%s", error.detail);
    ck_assert_int_eq(stat(world_file, &after), 0);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    ck_assert_int_eq(before.st_size, after.st_size);
    ck_assert_msg(tw_ok(atm_world_load(world_file, &read, &error)), "%s", error.detail);
    ck_assert_uint_eq(read.cassette_count, 1);
    ck_assert_int_eq(read.cassettes[0].notes, 7);
}
END_TEST

START_TEST(world_too_large_for_its_place_is_replaced) {
    struct atm_world world = {.in_place = true, .fault_count = ATM_FAULTS_MAX};
    struct atm_world read;
    struct tw_error error = {0};
    world.cassette_count = world.unit_count = ATM_CASSETTES_MAX;
    world.escrow_count = world.inserted_count = world.stowed_count = TW_NOTES_MAX;
    for (size_t i = 0; i < ATM_CASSETTES_MAX; i++) {
        world.cassettes[i] =
            (struct atm_world_cassette){1, 999999999, 999999999, 999999999, 999999999, 999999999};
        world.units[i] =
            (struct atm_world_unit){1, 999999999, 999999999, 999999999, 999999999, 999999999};
    }
    for (size_t i = 0; i < TW_NOTES_MAX; i++)
        world.escrow[i] = world.inserted[i] = world.stowed[i] =
            (struct tw_notes){999999999, 999999999};
    for (size_t i = 0; i < ATM_FAULTS_MAX; i++)
        (void)snprintf(world.faults[i].name, sizeof world.faults[i].name, "%s",
                       atm_fault_name(ATM_FAULT_JAM_BEFORE_PRESENT));
    ck_assert_msg(tw_ok(atm_world_save(world_file, &world, &error)), "%s", error.detail);
    ck_assert_msg(tw_ok(atm_world_load(world_file, &read, &error)), "%s", error.detail);
    ck_assert_uint_eq(read.fault_count, ATM_FAULTS_MAX);
    ck_assert_uint_eq(read.cassette_count, ATM_CASSETTES_MAX);
    struct stat file;
    ck_assert_int_eq(stat(world_file, &file), 0);
    ck_assert_int_gt(file.st_size, 4096);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = relaxed_journal_keeps_what_was_committed},
        {.test = relaxed_journal_is_one_terminals_only_and_nobody_elses_to_read},
        {.test = world_in_place_is_read_back_when_it_has_shrunk},
        {.test = world_too_large_for_its_place_is_replaced},
    };
    return test_main_with("fleet files", tests, COUNT_OF(tests), setup, NULL);
}
