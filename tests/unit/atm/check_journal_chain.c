/* journal/entry, journal/chain, face/export: entries are found by what people look for, exported
 * whole, and nobody changes or removes one without being found out. */
#include <sqlite3.h>
#include <sys/stat.h>

#include "atm-client/face/export.h"
#include "atm-client/journal/chain.h"
#include "fixture.h"

#define DAY 20700

static struct bench bench;

static void setup(void) {
    bench_ready(&bench);
}

static void teardown(void) {
    bench_teardown(&bench);
}

/* Somebody with the file in hand. */
static void tamper(const char *sql) {
    sqlite3 *db = NULL;
    char *reason = NULL;
    ck_assert_int_eq(sqlite3_open(bench.journal_file, &db), SQLITE_OK);
    (void)sqlite3_exec(db, sql, NULL, NULL, &reason);
    ck_assert_msg(reason == NULL, "%s", reason);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

#define WITHOUT_TRIGGERS                                                                           \
    "DROP TRIGGER entry_is_never_changed; DROP TRIGGER entry_is_deleted_by_pruning_only;"

static void write_entry(int32_t day, int64_t stan, const char *event) {
    struct atm_journal_entry entry = {.business_date = day, .stan = stan};
    (void)snprintf(entry.event, sizeof entry.event, "%s", event);
    (void)snprintf(entry.detail, sizeof entry.detail, "{\"says\":\"a \\\"quote\\\", and ü\"}");
    entry.txid.bytes[0] = (uint8_t)stan;
    atm_journal_begin(bench.journal);
    atm_journal_write(bench.journal, &entry);
    ck_assert(tw_ok(atm_journal_commit(bench.journal, NULL)));
}

static struct atm_chain_report verify(void) {
    struct atm_chain_report report;
    struct tw_error error = {0};
    ck_assert_msg(tw_ok(atm_journal_verify(bench.journal, &report, &error)), "%s", error.detail);
    return report;
}

static void expect_wrong(int64_t sequence, const char *problem) {
    const struct atm_chain_report report = verify();
    ck_assert_ptr_nonnull(report.problem);
    ck_assert_str_eq(report.problem, problem);
    ck_assert_int_eq(report.wrong, sequence);
}

/* --- the chain ------------------------------------------------------------------------------ */

START_TEST(what_a_terminal_wrote_is_intact) {
    bench_withdraw(&bench, 6000);
    const struct atm_chain_report report = verify();
    ck_assert_ptr_null(report.problem);
    ck_assert_int_gt(report.entries, 3);
    ck_assert_int_eq(report.last, report.entries);
    ck_assert_int_eq(report.unchained, 0);
    ck_assert_uint_eq(strlen(report.head), 64);
}
END_TEST

START_TEST(a_transaction_that_failed_leaves_no_gap) {
    write_entry(DAY, 1, "one");
    atm_journal_begin(bench.journal);
    const struct atm_journal_entry entry = {.business_date = DAY, .event = "lost"};
    atm_journal_write(bench.journal, &entry);
    atm_journal_next_stan(bench.journal, DAY);
    for (int64_t i = 0; i < 2; i++) /* the second is refused: one row */
        atm_journal_operation_new(bench.journal,
                                  &(struct atm_operation){.amount_minor = 1, .currency = {"EUR"}});
    ck_assert(!tw_ok(atm_journal_commit(bench.journal, NULL)));
    write_entry(DAY, 2, "two");
    ck_assert_ptr_null(verify().problem);
}
END_TEST

static const struct {
    const char *sql, *problem;
    int64_t sequence;
} deeds[] = {
    {"UPDATE entry SET detail = '{}' WHERE sequence = 3", "was changed", 3},
    {"UPDATE entry SET wall_ms = wall_ms + 1 WHERE sequence = 2", "was changed", 2},
    {"UPDATE entry SET business_date = business_date - 1 WHERE sequence = 1", "was changed", 1},
    {"UPDATE entry SET hash = '' WHERE sequence = 4", "was changed", 4},
    {"DELETE FROM entry WHERE sequence = 3", "is missing", 3},
    {"DELETE FROM entry WHERE sequence >= 4", "is missing", 4},
    {"DELETE FROM entry WHERE sequence < 3", "is missing", 1},
    {"UPDATE entry SET sequence = 100 WHERE sequence = 3", "is missing", 3},
    {"UPDATE entry SET previous = hash WHERE sequence = 2", "was changed", 2},
};

START_TEST(who_changes_or_removes_an_entry_is_found_out) {
    bench_withdraw(&bench, 6000);
    tamper(WITHOUT_TRIGGERS);
    ck_assert_ptr_null(verify().problem);
    tamper(deeds[_i].sql);
    expect_wrong(deeds[_i].sequence, deeds[_i].problem);
}
END_TEST

static void keep_entry(void *context, const struct atm_journal_entry *entry) {
    *(struct atm_journal_entry *)context = *entry;
}

/* Whoever rewrites an entry with a hash that fits it has not written the next one's. */
START_TEST(a_rewritten_entry_with_a_fitting_hash_does_not_fit_the_next) {
    struct atm_journal_entry entry = {0};
    char sql[512];
    write_entry(DAY, 1, "first");
    const struct atm_journal_filter filter = {.newest_first = true, .limit = 1};
    ck_assert(tw_ok(atm_journal_select(bench.journal, &filter, keep_entry, &entry, NULL)));
    write_entry(DAY, 2, "second");
    (void)snprintf(entry.event, sizeof entry.event, "other");
    atm_chain_hash(&entry, entry.hash);
    (void)snprintf(sql, sizeof sql,
                   WITHOUT_TRIGGERS
                   "UPDATE entry SET event = 'other', hash = '%s' WHERE sequence = %lld",
                   entry.hash, (long long)entry.sequence);
    tamper(sql);
    expect_wrong(entry.sequence + 1, "does not follow the one before it");
}
END_TEST

/* --- pruning and older journals ------------------------------------------------------------- */

static void prune(int32_t day) {
    atm_journal_begin(bench.journal);
    (void)atm_journal_next_stan(bench.journal, day);
    atm_journal_prune(bench.journal, 1);
    ck_assert(tw_ok(atm_journal_commit(bench.journal, NULL)));
}

static int64_t number(const char *sql) {
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    ck_assert_int_eq(sqlite3_open(bench.journal_file, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    const int64_t value = sqlite3_column_int64(statement, 0);
    ck_assert_int_eq(sqlite3_finalize(statement), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    return value;
}

START_TEST(pruned_entries_are_not_missed) {
    const int32_t base = atm_terminal_business_date(bench.terminal);
    for (int32_t day = 1; day <= 5; day++) {
        write_entry(base + day, day, "first");
        write_entry(base + day, day, "second");
        prune(base + day);
        ck_assert_msg(verify().problem == NULL, "day %d: %s", day, verify().problem);
    }
    ck_assert_int_gt(number("SELECT count(*) FROM pruned"), 0);
    ck_assert_int_le(number("SELECT count(*) FROM pruned"), 2); /* neighbours are one range */
    tamper(WITHOUT_TRIGGERS "DELETE FROM entry WHERE sequence ="
                            " (SELECT max(sequence) - 1 FROM entry)");
    ck_assert_str_eq(verify().problem, "is missing");
}
END_TEST

START_TEST(journal_with_every_entry_pruned_goes_on) {
    write_entry(DAY, 9, "newest");
    prune(DAY + 30000);
    write_entry(DAY + 30000, 1, "next");
    ck_assert_ptr_null(verify().problem);
    ck_assert_int_ge(verify().entries, 2);
}
END_TEST

#define OLDER                                                                                      \
    "ALTER TABLE entry DROP COLUMN hash; ALTER TABLE entry DROP COLUMN previous;"                  \
    "DROP TABLE pruned; PRAGMA user_version = 3;"

START_TEST(journal_of_an_older_version_is_opened_and_goes_on) {
    bench_withdraw(&bench, 6000);
    const int64_t before = verify().entries;
    bench_stop(&bench);
    tamper("UPDATE terminal SET kept_from = 99999; DELETE FROM entry WHERE sequence = 2;"
           "UPDATE terminal SET kept_from = 0;" OLDER);
    bench_start(&bench);
    write_entry(DAY, 1, "new");
    struct atm_chain_report report = verify();
    ck_assert_msg(report.problem == NULL, "%lld %s", (long long)report.wrong, report.problem);
    ck_assert_int_eq(report.entries, before);
    ck_assert_int_eq(report.unchained, before - 1);
    tamper(WITHOUT_TRIGGERS "UPDATE entry SET event = 'other' WHERE event = 'new'");
    ck_assert_str_eq(verify().problem, "was changed");
}
END_TEST

START_TEST(looking_at_an_older_journal_needs_the_terminal_itself) {
    bench_stop(&bench);
    tamper(OLDER);
    struct atm_journal_options options = {.file = bench.journal_file,
                                          .terminal_id = BENCH_TERMINAL,
                                          .acquirer = BENCH_BANK,
                                          .clock = &bench.clock,
                                          .read_only = true};
    struct atm_journal *journal = NULL;
    ck_assert_int_eq(atm_journal_open(&options, &journal, NULL).code, TW_E_NOT_FOUND);
}
END_TEST

/* --- looking -------------------------------------------------------------------------------- */

static char seen[512];

static void see(void *context, const struct atm_journal_entry *entry) {
    (void)context;
    const size_t used = strlen(seen);
    (void)snprintf(seen + used, sizeof seen - used, "%s%lld", used > 0 ? " " : "",
                   (long long)entry->sequence);
}

static const char *look(const struct atm_journal_filter *filter) {
    seen[0] = '\0';
    ck_assert(tw_ok(atm_journal_select(bench.journal, filter, see, NULL, NULL)));
    return seen;
}

START_TEST(entries_are_found_by_what_is_looked_for) {
    const int64_t base = atm_journal_last_sequence(bench.journal);
    char wanted[64];
    const struct tw_uuid txid = {.bytes = {2}};
    write_entry(DAY, 1, "one");
    write_entry(DAY + 1, 2, "two");
    write_entry(DAY + 2, 3, "one");
#define EXPECT(a_, ...)                                                                            \
    (void)snprintf(wanted, sizeof wanted, "%lld", (long long)(base + (a_)));                       \
    ck_assert_str_eq(look(&(struct atm_journal_filter){.after = base, __VA_ARGS__}), wanted)
    EXPECT(2, .event = "two");
    EXPECT(3, .from = DAY + 2);
    EXPECT(1, .until = DAY);
    EXPECT(2, .from = DAY + 1, .until = DAY + 1);
    EXPECT(3, .stan = 3);
    EXPECT(2, .txid = &txid);
    EXPECT(1, .limit = 1);
    EXPECT(3, .limit = 1, .newest_first = true);
    EXPECT(2, .limit = 1, .newest_first = true, .before = base + 3);
    ck_assert_str_eq(look(&(struct atm_journal_filter){.after = base, .stan = 1, .event = "two"}),
                     "");
}
END_TEST

START_TEST(paging_backwards_shows_every_entry_once) {
    size_t pages = 0;
    int64_t total = 0;
    for (int64_t i = 1; i <= 17; i++)
        write_entry(DAY, i, "line");
    int64_t before = 0;
    int64_t expected = atm_journal_last_sequence(bench.journal);
    do {
        const struct atm_journal_filter page = {.before = before, .newest_first = true, .limit = 5};
        const char *word = look(&page);
        while (*word != '\0') {
            ck_assert_int_eq(strtoll(word, NULL, 10), expected);
            before = expected--;
            total++;
            word += strcspn(word, " ");
            word += strspn(word, " ");
        }
        pages++;
    } while (before > 1 && pages < 100);
    ck_assert_int_eq(expected, 0);
    ck_assert_int_eq(total, atm_journal_last_sequence(bench.journal));
}
END_TEST

/* --- exports -------------------------------------------------------------------------------- */

static void read_export(const char *file, char text[65536]) {
    struct stat about;
    ck_assert_int_eq(stat(file, &about), 0);
    ck_assert_int_eq(about.st_mode & 0777, 0600);
    FILE *in = fopen(file, "r");
    ck_assert_ptr_nonnull(in);
    text[fread(text, 1, 65535, in)] = '\0';
    (void)fclose(in);
}

static size_t lines_of(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

START_TEST(exports_are_whole_and_exact) {
    static char text[65536];
    char file[TEST_PATH_SIZE + 32];
    int64_t count = 0;
    const struct atm_journal_filter all = {0};
    struct tw_error error = {0};
    bench_withdraw(&bench, 6000);
    write_entry(DAY, 1, "last");
    (void)snprintf(file, sizeof file, "%s/journal.jsonl", bench.folder);
    ck_assert_msg(tw_ok(atm_journal_export(bench.journal, &all, file, &count, &error)), "%s",
                  error.detail);
    read_export(file, text);
    ck_assert_int_eq(count, verify().entries);
    ck_assert_uint_eq(lines_of(text), (size_t)count);
    ck_assert_ptr_nonnull(strstr(text, verify().head));
    ck_assert_ptr_nonnull(strstr(text, "\"detail\":{\"says\":\"a \\\"quote\\\", and ü\"}"));
    (void)snprintf(file, sizeof file, "%s/journal.csv", bench.folder);
    ck_assert(tw_ok(atm_journal_export(bench.journal, &all, file, &count, &error)));
    read_export(file, text);
    ck_assert_uint_eq(lines_of(text), (size_t)count + 1);
    ck_assert_ptr_nonnull(
        strstr(text, ",\"last\",\"{\"\"says\"\":\"\"a \\\"\"quote\\\"\", and ü\"\"}\","));
    ck_assert_ptr_null(strstr(text, BENCH_PAN));
}
END_TEST

START_TEST(an_export_overwrites_nothing) {
    char file[TEST_PATH_SIZE + 32];
    int64_t count = 0;
    const struct atm_journal_filter all = {0};
    (void)snprintf(file, sizeof file, "%s/journal.csv", bench.folder);
    ck_assert(tw_ok(atm_journal_export(bench.journal, &all, file, &count, NULL)));
    ck_assert_int_eq(atm_journal_export(bench.journal, &all, file, &count, NULL).code,
                     TW_E_CONFLICT);
    ck_assert_int_eq(atm_journal_export(bench.journal, &all, "journal.txt", &count, NULL).code,
                     TW_E_INVALID_PARAMS);
    ck_assert_int_eq(atm_journal_export(bench.journal, &all, "/nowhere/a.csv", &count, NULL).code,
                     TW_E_IO);
}
END_TEST

int main(void) {
    const struct test_entry tests[] = {
        {.test = what_a_terminal_wrote_is_intact},
        {.test = a_transaction_that_failed_leaves_no_gap},
        {.test = who_changes_or_removes_an_entry_is_found_out, .rows = COUNT_OF(deeds)},
        {.test = a_rewritten_entry_with_a_fitting_hash_does_not_fit_the_next},
        {.test = pruned_entries_are_not_missed},
        {.test = journal_with_every_entry_pruned_goes_on},
        {.test = journal_of_an_older_version_is_opened_and_goes_on},
        {.test = looking_at_an_older_journal_needs_the_terminal_itself},
        {.test = entries_are_found_by_what_is_looked_for},
        {.test = paging_backwards_shows_every_entry_once},
        {.test = exports_are_whole_and_exact},
        {.test = an_export_overwrites_nothing},
    };
    return test_main_with("journal chain", tests, COUNT_OF(tests), setup, teardown);
}
