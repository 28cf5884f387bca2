/* Reads see one snapshot. Decisions run one after the other under the lock of the agent's row, so
 * that plain READ COMMITTED shows each all that the ones before it wrote. */
#include "agent/books.h"

#include <string.h>

#include "agent_sql.h"

#define PAUSE_MIN_US INT64_C(100000)
#define PAUSE_MAX_US INT64_C(5000000)
#define RUNS_MAX     6

void agent_books_init(struct agent_books *books, const char *conninfo, const char *name,
                      const struct tw_clock *clock) {
    *books = (struct agent_books){
        .conninfo = conninfo, .name = name, .clock = clock, .pause_us = PAUSE_MIN_US};
    /* A connection string that says nothing itself. */
    (void)setenv("PGCONNECT_TIMEOUT", "5", 0);
}

static void disconnect(struct agent_books *books) {
    PQfinish(books->connection);
    books->connection = NULL;
}

void agent_books_close(struct agent_books *books) {
    disconnect(books);
}

bool agent_books_ready(const struct agent_books *books) {
    return books->connection != NULL && PQstatus(books->connection) == CONNECTION_OK;
}

static struct tw_status connect_now(struct agent_books *books, struct tw_error *ret_error) {
    struct tw_status status =
        ctl_connect(books->conninfo, books->name, "agent", &books->connection, ret_error);
    return tw_ok(status) ? ctl_script(books->connection, agent_sql_session, ret_error) : status;
}

static struct tw_status ensure_connected(struct agent_books *books, struct tw_error *ret_error) {
    if (agent_books_ready(books)) {
        return tw_success();
    }
    disconnect(books);
    int64_t now_us = tw_now_us(books->clock);
    if (now_us < books->retry_at_us) {
        return tw_fail(ret_error, TW_E_UNAVAILABLE, "the database is not reached");
    }
    struct tw_status status = connect_now(books, ret_error);
    if (tw_ok(status)) {
        books->pause_us = PAUSE_MIN_US;
        return status;
    }
    disconnect(books);
    books->retry_at_us = tw_now_us(books->clock) + books->pause_us;
    books->pause_us = books->pause_us * 2 < PAUSE_MAX_US ? books->pause_us * 2 : PAUSE_MAX_US;
    return tw_fail(ret_error, TW_E_UNAVAILABLE, "the database is not reached");
}

static struct tw_status begin(PGconn *connection, enum agent_purpose purpose,
                              struct tw_error *ret_error) {
    if (purpose == AGENT_READ) {
        return ctl_script(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ret_error);
    }
    struct tw_status status =
        ctl_script(connection, "BEGIN ISOLATION LEVEL READ COMMITTED", ret_error);
    return tw_ok(status) ? ctl_script(connection, agent_sql_lock, ret_error) : status;
}

static struct tw_status run_once(struct agent_books *books, enum agent_purpose purpose,
                                 agent_work work, void *context, struct tw_error *ret_error) {
    struct tw_status status = ensure_connected(books, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    PGconn *connection = books->connection;
    status = begin(connection, purpose, ret_error);
    if (tw_ok(status)) {
        status = work(connection, context, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_script(connection, "SET LOCAL statement_timeout = 0", ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_commit(connection, ret_error);
        if (!tw_ok(status)) {
            /* Whatever became of it: a new connection will show. */
            disconnect(books);
        }
    } else if (PQstatus(connection) == CONNECTION_OK) {
        struct tw_status undone = ctl_script(connection, "ROLLBACK", NULL);
        (void)undone;
    }
    return status;
}

struct tw_status agent_books_run(struct agent_books *books, enum agent_purpose purpose,
                                 agent_work work, void *context, struct tw_error *ret_error) {
    bool reconnected = false;
    struct tw_status status = tw_success();
    for (int run = 0; run < RUNS_MAX; run++) {
        *ret_error = (struct tw_error){0};
        bool had_connection = books->connection != NULL;
        status = run_once(books, purpose, work, context, ret_error);
        bool lost = had_connection && !agent_books_ready(books);
        if (lost && !tw_ok(status) && !reconnected) {
            reconnected = true;
            books->lost++;
        } else if (status.code != TW_E_SERIALIZATION) {
            return status;
        } else {
            books->repeated++;
        }
    }
    return status;
}
