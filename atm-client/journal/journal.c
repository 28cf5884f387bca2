/*
 * Opening, locking, transactions, identity and STAN.
 *
 * The lock is a flock on FILE.lock, not SQLite's own: it is taken before the database is touched,
 * the kernel drops it when the process dies, and lists can still read the file beside a running
 * terminal. An exclusive locking mode was rejected because it would shut those out too.
 */
#include "atm-client/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "atm-client/journal/schema.h"
#include "atm-client/journal/sql.h"

static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                              "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF";
/* The exclusive mode before WAL: then its index is on the heap, not a file and a mapping more. */
static const char relaxed_pragmas[] =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -128; PRAGMA temp_store = MEMORY;"
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 200;"
    "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF";

static struct tw_status take_lock(struct atm_journal *journal, const char *file,
                                  struct tw_error *ret_error) {
    char name[4096];
    if (snprintf(name, sizeof name, "%s.lock", file) >= (int)sizeof name)
        return tw_fail(ret_error, TW_E_CONFIG, "journal: file name is too long");
    journal->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (journal->lock_fd < 0)
        return tw_fail(ret_error, TW_E_IO, "journal: cannot open %s: %s", name, strerror(errno));
    if (flock(journal->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return tw_fail(ret_error, TW_E_CONFLICT,
                       "journal: %s is in use: another process is this terminal", file);
    return tw_success();
}

static struct tw_status check_identity(struct atm_journal *journal,
                                       const struct atm_journal_options *options,
                                       struct tw_error *ret_error) {
    if (!options->read_only) {
        atm_journal_begin(journal);
        sql_change(journal,
                   "INSERT INTO terminal (one, terminal_id, acquirer) VALUES (1, ?, ?)"
                   " ON CONFLICT DO NOTHING",
                   SQL_INT(options->terminal_id), SQL_INT(options->acquirer));
        struct tw_status status = atm_journal_commit(journal, ret_error);
        if (!tw_ok(status))
            return status;
    }
    int64_t same = sql_integer(journal, 0,
                               "SELECT count(*) FROM terminal WHERE terminal_id = ? AND"
                               " acquirer = ?",
                               SQL_INT(options->terminal_id), SQL_INT(options->acquirer));
    if (same != 1)
        return tw_fail(ret_error, TW_E_CONFIG, "journal: belongs to another terminal");
    return tw_success();
}

/* Less memory, and a log that stays when it is closed: making files is dear when thousands do. */
static void relax(sqlite3 *db) {
    int persist = 1;
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
    (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
}

static struct tw_status open_database(struct atm_journal *journal,
                                      const struct atm_journal_options *options,
                                      struct tw_error *ret_error) {
    int flags =
        options->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(options->file, &journal->db, flags, options->vfs) != SQLITE_OK)
        return tw_fail(ret_error, TW_E_IO, "journal: cannot open %s: %s", options->file,
                       journal->db != NULL ? sqlite3_errmsg(journal->db) : "no memory");
    (void)sqlite3_busy_timeout(journal->db, 2000);
    if (options->read_only)
        return atm_schema_check(journal, ret_error);
    if (options->relaxed)
        relax(journal->db);
    if (sqlite3_exec(journal->db, options->relaxed ? relaxed_pragmas : pragmas, NULL, NULL, NULL) !=
        SQLITE_OK)
        return sql_failure(journal->db, ret_error);
    return atm_schema_apply(journal, ret_error);
}

struct tw_status atm_journal_open(const struct atm_journal_options *options,
                                  struct atm_journal **ret_journal, struct tw_error *ret_error) {
    struct atm_journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL)
        return tw_fail(ret_error, TW_E_NO_MEMORY, "no memory for the journal");
    journal->lock_fd = -1;
    journal->clock = options->clock;
    struct tw_status status = tw_success();
    if (!options->read_only)
        status = take_lock(journal, options->file, ret_error);
    if (tw_ok(status))
        status = open_database(journal, options, ret_error);
    if (tw_ok(status))
        status = check_identity(journal, options, ret_error);
    if (!tw_ok(status)) {
        atm_journal_close(journal);
        return status;
    }
    *ret_journal = journal;
    return status;
}

void atm_journal_close(struct atm_journal *journal) {
    if (journal == NULL)
        return;
    (void)sqlite3_close(journal->db);
    if (journal->lock_fd >= 0)
        (void)close(journal->lock_fd);
    free(journal);
}

void atm_journal_begin(struct atm_journal *journal) {
    tw_assert(!journal->open);
    journal->open = true;
    journal->failed = (struct tw_error){0};
    sql_change_values(journal, "BEGIN IMMEDIATE", NULL, 0);
}

struct tw_status atm_journal_commit(struct atm_journal *journal, struct tw_error *ret_error) {
    sql_change_values(journal, "COMMIT", NULL, 0);
    journal->open = false;
    if (journal->failed.code == TW_E_NONE)
        return tw_success();
    if (!sqlite3_get_autocommit(journal->db))
        (void)sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    if (ret_error != NULL)
        *ret_error = journal->failed;
    return (struct tw_status){journal->failed.code};
}

struct tw_status atm_journal_state(struct atm_journal *journal, struct atm_journal_state *ret_state,
                                   struct tw_error *ret_error) {
    SQL_OWNED sqlite3_stmt *statement = sql_prepare(
        journal, "SELECT business_date, out_of_service FROM terminal", NULL, 0, ret_error);
    if (statement == NULL || sqlite3_step(statement) != SQLITE_ROW)
        return sql_failure(journal->db, ret_error);
    ret_state->business_date = sqlite3_column_int(statement, 0);
    sql_read_text(statement, 1, ret_state->out_of_service, sizeof ret_state->out_of_service);
    return tw_success();
}

void atm_journal_set_date(struct atm_journal *journal, int32_t business_date) {
    sql_change(journal, "UPDATE terminal SET business_date = ?", SQL_INT(business_date));
}

void atm_journal_set_service(struct atm_journal *journal, const char *reason) {
    sql_change(journal, "UPDATE terminal SET out_of_service = ?", SQL_TEXT(reason));
}

int64_t atm_journal_next_stan(struct atm_journal *journal, int32_t business_date) {
    sql_change(journal,
               "INSERT INTO stan (business_date, last) VALUES (?, 0) ON CONFLICT DO NOTHING",
               SQL_INT(business_date));
    /* Past 999999 the CHECK refuses, and the transaction fails with it. */
    sql_change(journal, "UPDATE stan SET last = last + 1 WHERE business_date = ?",
               SQL_INT(business_date));
    if (journal->failed.code != TW_E_NONE)
        return 0;
    return sql_integer(journal, 0, "SELECT last FROM stan WHERE business_date = ?",
                       SQL_INT(business_date));
}
