/*
 * Synchronous access to PostgreSQL for operators' tools and for the settlement agent: text
 * parameters, and SQL errors turned into statuses that fit exit codes (see CONFLICT and NOT_FOUND
 * below). The caller closes the connection and clears the results.
 */
#ifndef TW_DESK_DATABASE_H
#define TW_DESK_DATABASE_H

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/status.h"

/* Cleanup attributes: closing rolls back what was not committed. */
#define CTL_AUTO_CONNECTION __attribute__((cleanup(ctl_connection_close))) PGconn *
#define CTL_AUTO_RESULT     __attribute__((cleanup(ctl_result_clear))) PGresult *

#define CTL_NUMBER_TEXT_SIZE 24

static inline void ctl_connection_close(PGconn **connection) {
    PQfinish(*connection);
}

static inline void ctl_result_clear(PGresult **result) {
    PQclear(*result);
}

/* An int64 as parameter text. */
static inline const char *ctl_number_text(int64_t number, char buffer[CTL_NUMBER_TEXT_SIZE]) {
    snprintf(buffer, CTL_NUMBER_TEXT_SIZE, "%" PRId64, number);
    return buffer;
}

/* program: application_name, and the beginning of what the server's notices print on stderr; it
 * must outlive the connection. schema: the only one that is seen by name. */
struct tw_status ctl_connect(const char *conninfo, const char *program, const char *schema,
                             PGconn **ret_connection, struct tw_error *ret_error);

/* One statement with parameters $1.. as text, NULL for SQL NULL. *ret_result may be NULL when
 * nobody reads it. CONFLICT: a constraint or the state of the books forbids it; NOT_FOUND: it
 * refers to something that does not exist; else SERIALIZATION or DATABASE. */
struct tw_status ctl_query(PGconn *connection, const char *sql, size_t count,
                           const char *const *parameters, PGresult **ret_result,
                           struct tw_error *ret_error);
#define CTL_QUERY(connection, sql, ret_result, ret_error, ...)                                     \
    ctl_query(connection, sql, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),  \
              (const char *const[]){__VA_ARGS__}, ret_result, ret_error)

/* Several statements at once, without parameters. */
struct tw_status ctl_script(PGconn *connection, const char *sql, struct tw_error *ret_error);

/* COMMIT; anything but a clean commit is a failure that says the outcome is unknown. */
struct tw_status ctl_commit(PGconn *connection, struct tw_error *ret_error);

/* Reads a failed result (which it does not clear) into *ret_error. */
struct tw_status ctl_database_error(PGconn *connection, const PGresult *result,
                                    struct tw_error *ret_error);

static inline int64_t ctl_result_number(const PGresult *result, int row, int column) {
    return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

#endif
