/*
 * Rows for a table in bulk: one COPY in PostgreSQL's text format, within the caller's transaction.
 * After a failure the connection is of no more use: the caller closes it, which rolls back.
 */
#ifndef BANK_CTL_COPY_H
#define BANK_CTL_COPY_H

#include "desk/database.h"

#define CTL_COPY_ROW_MAX 512 /* bytes of a row; a longer one is our own bug */

/* sql: COPY ... FROM STDIN. */
struct tw_status ctl_copy_begin(PGconn *connection, const char *sql, struct tw_error *ret_error);
/* Columns apart by tabs, a newline at the end; backslashes are escapes. */
struct tw_status ctl_copy_row(PGconn *connection, struct tw_error *ret_error, const char *format,
                              ...) TW_PRINTF(3, 4);
/* No more rows. Returns while the server still checks what they refer to. */
struct tw_status ctl_copy_end(PGconn *connection, struct tw_error *ret_error);
/* Waits until it has, and says whether all rows were taken. */
struct tw_status ctl_copy_await(PGconn *connection, struct tw_error *ret_error);

#endif
