/*
 * The agent's database, one blocking connection of libpq (desk/database.h): banks come a few times
 * a day. How long it may block is bounded: connecting and statements have time limits, except for a
 * COMMIT, which is never cancelled. A connection that is lost is made again when it is needed,
 * after a pause that grows.
 *
 * Work runs in a transaction that is repeated: when PostgreSQL asks for it, and once more when the
 * connection is lost, a COMMIT's outcome with it. So work must look at what is stored before it
 * writes, and find its own traces. Errors: DATABASE, SERIALIZATION (too often), what the work says.
 */
#ifndef AGENT_BOOKS_H
#define AGENT_BOOKS_H

#include "core/clock.h"
#include "desk/database.h"

struct agent_books {
    const char *conninfo;
    const char *name; /* of this process */
    const struct tw_clock *clock;
    PGconn *connection;
    int64_t retry_at_us, pause_us;
    uint64_t lost, repeated;
};

void agent_books_init(struct agent_books *books, const char *conninfo, const char *name,
                      const struct tw_clock *clock);
void agent_books_close(struct agent_books *books);
bool agent_books_ready(const struct agent_books *books);

/* What is written before `commit` counts or does not, all together. reason of a failure: tw_error.
 * Crash points are the work's own business. */
typedef struct tw_status (*agent_work)(PGconn *connection, void *context,
                                       struct tw_error *ret_error);

/* AGENT_DECIDE takes the agent's row first: one decision at a time in all processes. */
enum agent_purpose { AGENT_READ, AGENT_DECIDE };

struct tw_status agent_books_run(struct agent_books *books, enum agent_purpose purpose,
                                 agent_work work, void *context, struct tw_error *ret_error);

#endif
