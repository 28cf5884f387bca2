/*
 * One asynchronous connection to PostgreSQL in pipeline mode, on the event loop.
 *
 * The owner queues statements (bank_db_send) and ends each round trip with bank_db_sync; results
 * come back in order. A statement is prepared where it is first used: a connection costs no more
 * than what it is for, which counts when all of them come back at once. One that is lost reconnects
 * by itself with back-off; whatever was under way is reported lost, its outcome unknown, and is
 * resolved by running the same items again: their stored decisions tell.
 *
 *   CONNECTING -> READY -> LOST -> (back-off) -> CONNECTING
 *
 * A COMMIT is never cancelled, and one that returns with a warning (a synchronous standby that did
 * not answer) counts as lost. Binary parameters and results everywhere.
 */
#ifndef BANK_DB_CONNECTION_H
#define BANK_DB_CONNECTION_H

#include <libpq-fe.h>

#include "db/params.h"
#include "net/loop.h"

struct bank_db;

struct bank_statement {
    const char *name;
    const char *sql;
};

/* What every connection sets (libpq's "options"). */
extern const char bank_db_settings[];

/* One result of a statement; result is freed by the connection. Not called for statements that
 * failed or were skipped because an earlier one failed. */
typedef void (*bank_result_fn)(void *context, PGresult *result);
/* End of a round trip: TW_OK, SERIALIZATION (repeat it), or DATABASE with the SQLSTATE. */
typedef void (*bank_sync_fn)(void *context, struct tw_status status, const struct tw_error *error);

struct bank_db_options {
    const char *conninfo;
    const char *application_name;
    const struct bank_statement *statements; /* ids are indices; must outlive the connection */
    size_t statement_count;
    void (*on_ready)(void *context);
    void (*on_lost)(void *context); /* no further callbacks of the round trip under way */
    void *context;
};

struct tw_status bank_db_new(struct tw_loop *loop, const struct bank_db_options *options,
                             struct bank_db **ret_db, struct tw_error *ret_error);
void bank_db_free(struct bank_db *db);
bool bank_db_ready(const struct bank_db *db);
/* Ready, and another round trip of a few statements fits behind those under way. */
bool bank_db_has_room(const struct bank_db *db);

/* params is consumed (reset) here and may be NULL; callback may be NULL. */
void bank_db_send(struct bank_db *db, size_t statement, struct bank_params *params,
                  bank_result_fn callback, void *context);
/* Prepares whatever is not prepared yet, as a part of this round trip: it fails when a statement
 * does not fit the schema. */
void bank_db_prepare_all(struct bank_db *db);
void bank_db_sync(struct bank_db *db, bank_sync_fn callback, void *context);
/* Gives the connection up, as if the network had: for outcomes that nobody can know. */
void bank_db_reset(struct bank_db *db, const char *reason);

#endif
