/*
 * libpq's plain blocking calls: an operator waits for one statement at a time. The engine's
 * pipelined connection (db/) was not reused: it is made for batches, and needs an event loop.
 */
#include "desk/database.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SQLSTATE_SIZE 6

static void print_notice(void *program, const char *message) {
    fprintf(stderr, "%s: database: %s", (const char *)program, message);
}

static const struct {
    char sqlstate[SQLSTATE_SIZE];
    enum tw_code code;
} sqlstate_codes[] = {
    {"23505", TW_E_CONFLICT},      /* unique_violation */
    {"23514", TW_E_CONFLICT},      /* check_violation */
    {"23503", TW_E_NOT_FOUND},     /* foreign_key_violation */
    {"40001", TW_E_SERIALIZATION}, /* serialization_failure */
    {"40P01", TW_E_SERIALIZATION}, /* deadlock_detected */
};

static enum tw_code code_of(const char *sqlstate) {
    for (size_t i = 0; i < sizeof sqlstate_codes / sizeof sqlstate_codes[0]; i++) {
        if (strcmp(sqlstate_codes[i].sqlstate, sqlstate) == 0) {
            return sqlstate_codes[i].code;
        }
    }
    return TW_E_DATABASE;
}

struct tw_status ctl_database_error(PGconn *connection, const PGresult *result,
                                    struct tw_error *ret_error) {
    const char *sqlstate = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    if (sqlstate == NULL) {
        const char *message = PQerrorMessage(connection);
        return tw_fail(ret_error, TW_E_DATABASE, "%.*s", (int)strcspn(message, "\n"), message);
    }
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    enum tw_code code = code_of(sqlstate);
    /* The detail of a check violation shows the whole row: digests are nobody's business. */
    bool show_detail = detail != NULL && strcmp(sqlstate, "23514") != 0;
    struct tw_status status = tw_fail(ret_error, code, "%s%s%s", primary != NULL ? primary : "",
                                      show_detail ? ": " : "", show_detail ? detail : "");
    if (ret_error != NULL) {
        snprintf(ret_error->sqlstate, sizeof ret_error->sqlstate, "%s", sqlstate);
    }
    return status;
}

struct tw_status ctl_script(PGconn *connection, const char *sql, struct tw_error *ret_error) {
    CTL_AUTO_RESULT result = PQexec(connection, sql);
    ExecStatusType kind = PQresultStatus(result);
    if (kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK) {
        return tw_success();
    }
    return ctl_database_error(connection, result, ret_error);
}

struct tw_status ctl_connect(const char *conninfo, const char *program, const char *schema,
                             PGconn **ret_connection, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = PQconnectdb(conninfo);
    if (PQstatus(connection) != CONNECTION_OK) {
        return ctl_database_error(connection, NULL, ret_error);
    }
    PQsetNoticeProcessor(connection, print_notice, (void *)(uintptr_t)program);
    struct tw_status status =
        ctl_script(connection,
                   "SET client_encoding = 'UTF8'; SET client_min_messages = warning;"
                   "SET datestyle = 'ISO'",
                   ret_error);
    if (tw_ok(status)) {
        status = CTL_QUERY(connection,
                           "SELECT set_config('search_path', $1 || ', pg_temp', false),"
                           " set_config('application_name', $2, false)",
                           NULL, ret_error, schema, program);
    }
    if (tw_ok(status)) {
        *ret_connection = connection;
        connection = NULL;
    }
    return status;
}

struct tw_status ctl_query(PGconn *connection, const char *sql, size_t count,
                           const char *const *parameters, PGresult **ret_result,
                           struct tw_error *ret_error) {
    CTL_AUTO_RESULT result =
        PQexecParams(connection, sql, (int)count, NULL, parameters, NULL, NULL, 0);
    ExecStatusType kind = PQresultStatus(result);
    if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK) {
        return ctl_database_error(connection, result, ret_error);
    }
    if (ret_result != NULL) {
        *ret_result = result;
        result = NULL;
    }
    return tw_success();
}

struct tw_status ctl_commit(PGconn *connection, struct tw_error *ret_error) {
    CTL_AUTO_RESULT result = PQexec(connection, "COMMIT");
    if (PQresultStatus(result) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(result), "COMMIT") == 0) {
        return tw_success();
    }
    (void)ctl_database_error(connection, result, ret_error).code;
    return tw_fail(ret_error, TW_E_DATABASE, "commit failed, look before repeating: %s",
                   PQerrorMessage(connection));
}
