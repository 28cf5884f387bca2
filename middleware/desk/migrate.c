/*
 * Brings the schema up to date with the migrations built into this program. Each runs in one
 * transaction with the row that records it, under a lock on the table of records, so that two
 * operators cannot interleave. Applied migrations are compared by checksum first: history that
 * differs from this program's is refused before anything is changed.
 */
#include "desk/migrate.h"

#include <stdlib.h>
#include <string.h>

#include "desk_sql.h"

enum migration_state { MIGRATION_NEW, MIGRATION_APPLIED };

static const struct ctl_column columns[] = {
    {"migration", CTL_TEXT},
    {"state", CTL_TEXT},
};

static struct tw_status table_exists(PGconn *connection, bool *ret_exists,
                                     struct tw_error *ret_error) {
    CTL_AUTO_RESULT answer = NULL;
    struct tw_status status =
        ctl_query(connection, desk_sql_migration_exists, 0, NULL, &answer, ret_error);
    if (tw_ok(status)) {
        *ret_exists = strcmp(PQgetvalue(answer, 0, 0), "t") == 0;
    }
    return status;
}

static struct tw_status state_of(PGconn *connection, const char *number, const char *text,
                                 enum migration_state *ret_state, struct tw_error *ret_error) {
    CTL_AUTO_RESULT answer = NULL;
    struct tw_status status =
        CTL_QUERY(connection, desk_sql_migration_check, &answer, ret_error, number, text);
    if (!tw_ok(status)) {
        return status;
    }
    *ret_state = PQntuples(answer) == 0 ? MIGRATION_NEW : MIGRATION_APPLIED;
    if (*ret_state == MIGRATION_APPLIED && strcmp(PQgetvalue(answer, 0, 0), "t") != 0) {
        return tw_fail(ret_error, TW_E_CONFLICT,
                       "migration %s was applied with another text than this program's", number);
    }
    return tw_success();
}

static void number_of(const char *name, char number[CTL_NUMBER_TEXT_SIZE]) {
    ctl_number_text(strtol(name, NULL, 10), number);
}

/* The whole step for one migration, inside a transaction of its own. */
static struct tw_status apply(PGconn *connection, const char *name, const char *text,
                              enum migration_state *ret_state, struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    number_of(name, number);
    struct tw_status status = ctl_script(connection, "BEGIN", ret_error);
    bool exists = false;
    if (tw_ok(status)) {
        status = table_exists(connection, &exists, ret_error);
    }
    *ret_state = MIGRATION_NEW;
    if (tw_ok(status) && exists) {
        status = ctl_script(connection, "LOCK TABLE migration IN EXCLUSIVE MODE", ret_error);
        if (tw_ok(status)) {
            status = state_of(connection, number, text, ret_state, ret_error);
        }
    }
    if (tw_ok(status) && *ret_state == MIGRATION_NEW) {
        status = ctl_script(connection, text, ret_error);
        if (tw_ok(status)) {
            status = CTL_QUERY(connection, desk_sql_migration_insert, NULL, ret_error, number, name,
                               text);
        }
    }
    return tw_ok(status) ? ctl_commit(connection, ret_error) : status;
}

/* Refuses a database that a newer program migrated, or whose history differs. */
static struct tw_status compare_history(PGconn *connection, const struct ctl_migration *migrations,
                                        size_t count, struct tw_error *ret_error) {
    bool exists = false;
    struct tw_status status = table_exists(connection, &exists, ret_error);
    if (!tw_ok(status) || !exists) {
        return status;
    }
    char number[CTL_NUMBER_TEXT_SIZE] = "0";
    for (size_t i = 0; tw_ok(status) && i < count; i++) {
        enum migration_state state;
        number_of(migrations[i].name, number);
        status = state_of(connection, number, migrations[i].text, &state, ret_error);
    }
    if (!tw_ok(status)) {
        return status;
    }
    CTL_AUTO_RESULT unknown = NULL;
    status = CTL_QUERY(connection, desk_sql_migration_unknown, &unknown, ret_error, number);
    if (tw_ok(status) && PQntuples(unknown) > 0) {
        return tw_fail(ret_error, TW_E_CONFLICT, "migration %s is newer than this program",
                       PQgetvalue(unknown, 0, 0));
    }
    return status;
}

struct tw_status ctl_migrate_all(struct ctl *ctl, size_t owner,
                                 const struct ctl_migration *migrations, size_t count,
                                 struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_connect_as(ctl, owner, &connection, ret_error);
    if (tw_ok(status)) {
        status = compare_history(connection, migrations, count, ret_error);
    }
    struct ctl_table table;
    ctl_table_init(&table, columns, CTL_COUNT(columns));
    for (size_t i = 0; tw_ok(status) && i < count; i++) {
        const char *name = migrations[i].name;
        enum migration_state state;
        status = apply(connection, name, migrations[i].text, &state, ret_error);
        if (!tw_ok(status) && ret_error != NULL) {
            status = tw_wrap(ret_error, "migration %s", name);
        }
        ctl_table_add(&table, &ctl->format,
                      (const char *const[]){name, state == MIGRATION_NEW ? "applied" : "there"});
    }
    if (tw_ok(status)) {
        ctl_print_table(ctl, &table);
    }
    ctl_table_clear(&table);
    return status;
}
