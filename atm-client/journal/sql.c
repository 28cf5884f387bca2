/* Statements are prepared per use: a terminal runs a few per second, and a cache would have to be
 * emptied on every schema step. */
#include "atm-client/journal/sql.h"

#include <stdio.h>

struct tw_status sql_failure(sqlite3 *db, struct tw_error *ret_error) {
    return tw_fail(ret_error, TW_E_IO, "journal: %s", sqlite3_errmsg(db));
}

static int bind_value(sqlite3_stmt *statement, int place, const struct sql_value *value) {
    switch (value->kind) {
    case SQL_KIND_INT:
        return sqlite3_bind_int64(statement, place, value->integer);
    case SQL_KIND_TEXT:
        return sqlite3_bind_text(statement, place, value->text, -1, SQLITE_TRANSIENT);
    case SQL_KIND_UUID: {
        char text[TW_UUID_TEXT_SIZE];
        return sqlite3_bind_text(statement, place, tw_uuid_text(value->uuid, text), -1,
                                 SQLITE_TRANSIENT);
    }
    }
    return SQLITE_MISUSE;
}

sqlite3_stmt *sql_prepare(struct atm_journal *journal, const char *text,
                          const struct sql_value *values, size_t count,
                          struct tw_error *ret_error) {
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(journal->db, text, -1, &statement, NULL);
    for (size_t i = 0; rc == SQLITE_OK && i < count; i++)
        rc = bind_value(statement, (int)i + 1, &values[i]);
    if (rc == SQLITE_OK)
        return statement;
    struct tw_status status = sql_failure(journal->db, ret_error);
    tw_assert(!tw_ok(status));
    (void)sqlite3_finalize(statement);
    return NULL;
}

void sql_change_values(struct atm_journal *journal, const char *text,
                       const struct sql_value *values, size_t count) {
    tw_assert(journal->open);
    if (journal->failed.code != TW_E_NONE)
        return;
    SQL_OWNED sqlite3_stmt *statement = sql_prepare(journal, text, values, count, &journal->failed);
    if (statement != NULL && sqlite3_step(statement) != SQLITE_DONE)
        tw_assert(!tw_ok(sql_failure(journal->db, &journal->failed)));
}

int64_t sql_integer_values(struct atm_journal *journal, int64_t fallback, const char *text,
                           const struct sql_value *values, size_t count) {
    struct tw_error failed = {0};
    SQL_OWNED sqlite3_stmt *statement = sql_prepare(journal, text, values, count, &failed);
    int64_t value = fallback;
    int rc = statement != NULL ? sqlite3_step(statement) : SQLITE_ERROR;
    if (rc == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    else if (rc != SQLITE_DONE && journal->open && journal->failed.code == TW_E_NONE)
        tw_assert(!tw_ok(sql_failure(journal->db, &journal->failed)));
    return value;
}

void sql_read_uuid(sqlite3_stmt *statement, int column, struct tw_uuid *ret_uuid) {
    char text[TW_UUID_TEXT_SIZE];
    sql_read_text(statement, column, text, sizeof text);
    if (!tw_uuid_parse(text, ret_uuid))
        *ret_uuid = (struct tw_uuid){0};
}

void sql_read_text(sqlite3_stmt *statement, int column, char *buffer, size_t size) {
    const unsigned char *text = sqlite3_column_text(statement, column);
    (void)snprintf(buffer, size, "%s", text != NULL ? (const char *)text : "");
}
