/*
 * libpq collects rows itself, 8 kB at a time. Binary COPY was rejected: reading the numbers of a
 * row is a small part of what the server does for it, most of it checking foreign keys.
 */
#include "ctl/copy.h"

#include <stdarg.h>

struct tw_status ctl_copy_begin(PGconn *connection, const char *sql, struct tw_error *ret_error) {
    CTL_AUTO_RESULT begun = PQexec(connection, sql);
    return PQresultStatus(begun) == PGRES_COPY_IN
               ? tw_success()
               : ctl_database_error(connection, begun, ret_error);
}

struct tw_status ctl_copy_row(PGconn *connection, struct tw_error *ret_error, const char *format,
                              ...) {
    char row[CTL_COPY_ROW_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(row, sizeof row, format, arguments);
    va_end(arguments);
    tw_assert(length > 0 && (size_t)length < sizeof row);
    return PQputCopyData(connection, row, length) == 1
               ? tw_success()
               : ctl_database_error(connection, NULL, ret_error);
}

struct tw_status ctl_copy_end(PGconn *connection, struct tw_error *ret_error) {
    return PQputCopyEnd(connection, NULL) == 1 ? tw_success()
                                               : ctl_database_error(connection, NULL, ret_error);
}

struct tw_status ctl_copy_await(PGconn *connection, struct tw_error *ret_error) {
    CTL_AUTO_RESULT ended = PQgetResult(connection);
    if (PQresultStatus(ended) != PGRES_COMMAND_OK) {
        return ctl_database_error(connection, ended, ret_error);
    }
    CTL_AUTO_RESULT nothing = PQgetResult(connection);
    tw_assert(nothing == NULL);
    return tw_success();
}
