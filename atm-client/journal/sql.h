/* SQLite, for the journal folder only: statements with typed values, and the sticky failure of a
 * transaction. Nothing outside the journal sees sqlite3. */
#ifndef ATM_JOURNAL_SQL_H
#define ATM_JOURNAL_SQL_H

#include <sqlite3.h>

#include "atm-client/journal/journal.h"

struct atm_journal {
    sqlite3 *db;
    int lock_fd;
    const struct tw_clock *clock;
    bool open;              /* between begin and commit */
    struct tw_error failed; /* of the open transaction; code NONE while it is well */
};

struct sql_value {
    enum { SQL_KIND_INT, SQL_KIND_TEXT, SQL_KIND_UUID } kind;
    int64_t integer;
    const char *text;
    const struct tw_uuid *uuid;
};

#define SQL_INT(value)  ((struct sql_value){.kind = SQL_KIND_INT, .integer = (value)})
#define SQL_TEXT(value) ((struct sql_value){.kind = SQL_KIND_TEXT, .text = (value)})
#define SQL_UUID(value) ((struct sql_value){.kind = SQL_KIND_UUID, .uuid = (value)})

struct tw_status sql_failure(sqlite3 *db, struct tw_error *ret_error);
/* A statement ready to step; NULL with *ret_error set. Finish with sql_finish. */
sqlite3_stmt *sql_prepare(struct atm_journal *journal, const char *text,
                          const struct sql_value *values, size_t count, struct tw_error *ret_error);
static inline void sql_finish(sqlite3_stmt **statement) {
    (void)sqlite3_finalize(*statement);
}
#define SQL_OWNED __attribute__((cleanup(sql_finish)))

/* Runs a change inside the open transaction, or does nothing when that has failed already. */
void sql_change_values(struct atm_journal *journal, const char *text,
                       const struct sql_value *values, size_t count);
#define sql_change(journal, text, ...)                                                             \
    sql_change_values(journal, text, (const struct sql_value[]){__VA_ARGS__},                      \
                      sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value))
/* One integer, `fallback` when there is no row. Inside a transaction failures stick. */
int64_t sql_integer_values(struct atm_journal *journal, int64_t fallback, const char *text,
                           const struct sql_value *values, size_t count);
#define sql_integer(journal, fallback, text, ...)                                                  \
    sql_integer_values(journal, fallback, text, (const struct sql_value[]){__VA_ARGS__},           \
                       sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value))

void sql_read_uuid(sqlite3_stmt *statement, int column, struct tw_uuid *ret_uuid);
void sql_read_text(sqlite3_stmt *statement, int column, char *buffer, size_t size);

#endif
