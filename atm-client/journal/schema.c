/* PRAGMA user_version counts the steps that have been applied; steps are never edited. */
#include "atm-client/journal/schema.h"

#include <stdio.h>

static const char *const steps[] = {
    "CREATE TABLE terminal ("
    "  one            INTEGER PRIMARY KEY CHECK (one = 1),"
    "  terminal_id    INTEGER NOT NULL,"
    "  acquirer       INTEGER NOT NULL,"
    "  business_date  INTEGER NOT NULL DEFAULT 0,"
    "  out_of_service TEXT    NOT NULL DEFAULT '') STRICT;"
    "CREATE TABLE stan ("
    "  business_date INTEGER PRIMARY KEY,"
    "  last          INTEGER NOT NULL CHECK (last BETWEEN 0 AND 999999)) STRICT;"
    "CREATE TABLE cassette ("
    "  number       INTEGER PRIMARY KEY,"
    "  denomination INTEGER NOT NULL CHECK (denomination > 0),"
    "  currency     TEXT    NOT NULL,"
    "  loaded       INTEGER NOT NULL DEFAULT 0,"
    "  remaining    INTEGER NOT NULL DEFAULT 0 CHECK (remaining >= 0),"
    "  dispensed    INTEGER NOT NULL DEFAULT 0 CHECK (dispensed >= 0),"
    "  rejected     INTEGER NOT NULL DEFAULT 0 CHECK (rejected >= 0),"
    "  retracted    INTEGER NOT NULL DEFAULT 0 CHECK (retracted >= 0),"
    "  removed      INTEGER NOT NULL DEFAULT 0 CHECK (removed >= 0),"
    "  suspect      INTEGER NOT NULL DEFAULT 0 CHECK (suspect >= 0),"
    "  CONSTRAINT every_note_is_somewhere CHECK"
    "    (loaded = remaining + dispensed + rejected + retracted + removed + suspect)) STRICT;"
    "CREATE TABLE deposited ("
    "  denomination INTEGER PRIMARY KEY,"
    "  notes        INTEGER NOT NULL CHECK (notes >= 0)) STRICT;"
    "CREATE TABLE operation ("
    "  txid          TEXT PRIMARY KEY,"
    "  kind          INTEGER NOT NULL,"
    "  state         INTEGER NOT NULL,"
    "  business_date INTEGER NOT NULL,"
    "  stan          INTEGER NOT NULL,"
    "  amount        INTEGER NOT NULL CHECK (amount > 0),"
    "  dispensed     INTEGER NOT NULL DEFAULT 0 CHECK (dispensed BETWEEN 0 AND amount),"
    "  currency      TEXT NOT NULL,"
    "  bank_code     INTEGER NOT NULL,"
    "  account       INTEGER NOT NULL,"
    "  pan_masked    TEXT NOT NULL,"
    "  rc            TEXT NOT NULL DEFAULT '',"
    "  UNIQUE (business_date, stan)) STRICT;"
    "CREATE INDEX operation_by_state ON operation (state);"
    "CREATE TABLE operation_cash ("
    "  txid         TEXT    NOT NULL REFERENCES operation (txid),"
    "  cassette     INTEGER NOT NULL,"
    "  denomination INTEGER NOT NULL,"
    "  planned      INTEGER NOT NULL CHECK (planned > 0),"
    "  PRIMARY KEY (txid, cassette)) STRICT;"
    "CREATE TABLE operation_deposit ("
    "  txid         TEXT    NOT NULL REFERENCES operation (txid),"
    "  denomination INTEGER NOT NULL,"
    "  notes        INTEGER NOT NULL CHECK (notes > 0),"
    "  PRIMARY KEY (txid, denomination)) STRICT;"
    "CREATE TABLE advice ("
    "  id       INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  txid     TEXT    NOT NULL,"
    "  method   TEXT    NOT NULL,"
    "  stan     INTEGER NOT NULL,"
    "  params   TEXT    NOT NULL,"
    "  attempts INTEGER NOT NULL DEFAULT 0,"
    "  rc       TEXT,"
    "  UNIQUE (txid, method)) STRICT;"
    "CREATE INDEX advice_waiting ON advice (id) WHERE rc IS NULL;"
    "CREATE TABLE entry ("
    "  sequence      INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  wall_ms       INTEGER NOT NULL,"
    "  business_date INTEGER NOT NULL,"
    "  stan          INTEGER NOT NULL,"
    "  txid          TEXT    NOT NULL,"
    "  event         TEXT    NOT NULL,"
    "  detail        TEXT    NOT NULL) STRICT;"
    "CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry"
    "  BEGIN SELECT RAISE(ABORT, 'the electronic journal is append-only'); END;"
    "CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry"
    "  BEGIN SELECT RAISE(ABORT, 'the electronic journal is append-only'); END;",
    "ALTER TABLE terminal ADD COLUMN kept_from INTEGER NOT NULL DEFAULT 0;"
    "DROP TRIGGER entry_is_never_deleted;"
    "CREATE TRIGGER entry_is_deleted_by_pruning_only BEFORE DELETE ON entry"
    "  WHEN OLD.business_date >= (SELECT kept_from FROM terminal)"
    "  BEGIN SELECT RAISE(ABORT, 'the electronic journal is append-only'); END;",
    ("ALTER TABLE operation ADD COLUMN surcharge INTEGER NOT NULL DEFAULT 0"
     "  CHECK (surcharge >= 0);"),
    /* Numbers that are not there now were pruned: nobody noted which. */
    "ALTER TABLE entry ADD COLUMN previous TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE entry ADD COLUMN hash TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE pruned ("
    "  first INTEGER PRIMARY KEY,"
    "  last  INTEGER NOT NULL,"
    "  hash  TEXT    NOT NULL) STRICT;"
    "INSERT INTO pruned (first, last, hash) SELECT * FROM (SELECT"
    "  coalesce(lag(sequence) OVER (ORDER BY sequence), 0) + 1 AS first,"
    "  sequence - 1 AS last, '' AS hash FROM entry) WHERE first <= last;",
};

#define STEP_COUNT ((int64_t)(sizeof steps / sizeof steps[0]))

static struct tw_status apply_step(struct atm_journal *journal, int64_t step,
                                   struct tw_error *ret_error) {
    char version[64];
    (void)snprintf(version, sizeof version, "PRAGMA user_version = %lld", (long long)step + 1);
    bool applied = sqlite3_exec(journal->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
                   sqlite3_exec(journal->db, steps[step], NULL, NULL, NULL) == SQLITE_OK &&
                   sqlite3_exec(journal->db, version, NULL, NULL, NULL) == SQLITE_OK &&
                   sqlite3_exec(journal->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    if (applied)
        return tw_success();
    struct tw_status status = sql_failure(journal->db, ret_error);
    (void)sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static struct tw_status read_version(struct atm_journal *journal, int64_t *ret_version,
                                     struct tw_error *ret_error) {
    *ret_version =
        sql_integer_values(journal, -1, "SELECT user_version FROM pragma_user_version", NULL, 0);
    if (*ret_version < 0)
        return sql_failure(journal->db, ret_error);
    if (*ret_version > STEP_COUNT)
        return tw_fail(ret_error, TW_E_CONFIG, "journal: made by a newer version (%lld > %lld)",
                       (long long)*ret_version, (long long)STEP_COUNT);
    return tw_success();
}

struct tw_status atm_schema_apply(struct atm_journal *journal, struct tw_error *ret_error) {
    int64_t version = 0;
    struct tw_status status = read_version(journal, &version, ret_error);
    for (int64_t step = version; tw_ok(status) && step < STEP_COUNT; step++)
        status = apply_step(journal, step, ret_error);
    return status;
}

struct tw_status atm_schema_check(struct atm_journal *journal, struct tw_error *ret_error) {
    int64_t version = 0;
    struct tw_status status = read_version(journal, &version, ret_error);
    if (tw_ok(status) && version < STEP_COUNT)
        return tw_fail(ret_error, TW_E_NOT_FOUND, "journal: made by an older version");
    return status;
}
