/*
 * libpq's own state machine does the protocol; this file keeps a ring of what was sent, so that
 * each result finds its callback, and decides when the connection counts as lost.
 *
 * Rejected: libpq's batch of multi-statement simple queries (no binary parameters), one round trip
 * per statement (latency), COPY for entries (cannot be mixed with the pipeline).
 */
#include "db/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"

#define PENDING_MAX     256
#define ROUND_TRIP_MAX  32 /* what bank_db_has_room keeps free: statements and their preparing */
#define BACKOFF_MIN_MS  50
#define BACKOFF_MAX_MS  1000
#define CONNECT_WAIT_MS 5000

enum phase { CONNECTING, READY, LOST };

/* Of a statement on this connection. */
struct preparation {
    enum { NEW, ASKED, PREPARED } state;
    uint64_t round_trip; /* in which it was asked for */
};

struct pending {
    bool is_sync;
    struct preparation *prepares; /* or NULL */
    bank_result_fn on_result;
    bank_sync_fn on_sync;
    void *context;
};

struct bank_db {
    struct tw_loop *loop;
    struct bank_db_options options;
    char *conninfo;
    PGconn *connection;
    enum phase phase;
    struct event *readable, *writable, *timer;
    int backoff_ms;
    struct pending ring[PENDING_MAX];
    size_t head, count;
    struct preparation *preparations; /* one per statement */
    uint64_t round_trip;              /* the one that is being queued */
    bool result_seen;                 /* of the statement at the ring's head */
    bool outcome_doubt;               /* a warning came: the server itself is not sure */
    bool reset_asked;
    struct tw_error error; /* first error of the round trip under way */
    struct tw_task lost_task;
};

static void connect_start(struct bank_db *db);
static void on_socket(evutil_socket_t fd, short what, void *context);

static void stop_events(struct bank_db *db) {
    if (db->readable != NULL) {
        event_free(db->readable);
        db->readable = NULL;
    }
    if (db->writable != NULL) {
        event_free(db->writable);
        db->writable = NULL;
    }
}

/* The one way down: closes, forgets what was under way, tells the owner, tries again later. */
static void lose(struct bank_db *db, const char *reason) {
    if (db->phase == LOST) {
        return;
    }
    tw_log(db->phase == READY ? TW_LOG_WARN : TW_LOG_INFO, "database connection lost",
           TW_STR("reason", reason), TW_STR("application", db->options.application_name));
    stop_events(db);
    PQfinish(db->connection);
    db->connection = NULL;
    db->phase = LOST;
    db->head = 0;
    db->count = 0;
    db->result_seen = false;
    db->outcome_doubt = false;
    db->reset_asked = false;
    db->error = (struct tw_error){0};
    memset(db->preparations, 0, db->options.statement_count * sizeof *db->preparations);
    tw_loop_defer(db->loop, &db->lost_task);
    struct timeval wait = {.tv_sec = db->backoff_ms / 1000,
                           .tv_usec = (db->backoff_ms % 1000) * 1000L};
    event_add(db->timer, &wait);
    db->backoff_ms = db->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : db->backoff_ms * 2;
}

static void run_lost(void *context) {
    struct bank_db *db = context;
    db->options.on_lost(db->options.context);
}

static void lose_by_libpq(struct bank_db *db) {
    char reason[256];
    (void)snprintf(reason, sizeof reason, "%s", PQerrorMessage(db->connection));
    reason[strcspn(reason, "\n")] = '\0';
    lose(db, reason);
}

static void on_notice(void *context, const PGresult *notice) {
    struct bank_db *db = context;
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    bool warning = severity != NULL && strcmp(severity, "WARNING") == 0;
    tw_log(warning ? TW_LOG_WARN : TW_LOG_DEBUG, "database notice",
           TW_STR("text", text != NULL ? text : ""));
    db->outcome_doubt = db->outcome_doubt || warning;
}

static enum tw_code code_of(const char *sqlstate) {
    bool repeat = strcmp(sqlstate, "40001") == 0 || strcmp(sqlstate, "40P01") == 0 ||
                  strcmp(sqlstate, "23505") == 0;
    return repeat ? TW_E_SERIALIZATION : TW_E_DATABASE;
}

static void remember_error(struct bank_db *db, const PGresult *result) {
    if (db->error.code != TW_E_NONE) {
        return;
    }
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    sqlstate = sqlstate != NULL ? sqlstate : "";
    struct tw_status status = tw_fail(&db->error, code_of(sqlstate), "%s (SQLSTATE %s)",
                                      text != NULL ? text : "unknown", sqlstate);
    (void)status;
    (void)snprintf(db->error.sqlstate, sizeof db->error.sqlstate, "%s", sqlstate);
}

static struct pending *ring_head(struct bank_db *db) {
    tw_assert(db->count > 0);
    return &db->ring[db->head];
}

static struct pending ring_pop(struct bank_db *db) {
    struct pending first = *ring_head(db);
    db->head = (db->head + 1) % PENDING_MAX;
    db->count--;
    return first;
}

static void ring_push(struct bank_db *db, struct pending pending) {
    tw_assert(db->count < PENDING_MAX);
    db->ring[(db->head + db->count) % PENDING_MAX] = pending;
    db->count++;
}

static void end_round_trip(struct bank_db *db) {
    struct pending sync = ring_pop(db);
    tw_assert(sync.is_sync);
    struct tw_error error = db->error;
    db->error = (struct tw_error){0};
    if (db->outcome_doubt) {
        lose(db, "the server answered with a warning: outcome unknown");
        return;
    }
    sync.on_sync(sync.context, (struct tw_status){error.code}, &error);
}

static void take_success(struct bank_db *db, PGresult *result) {
    struct pending *statement = ring_head(db);
    db->result_seen = true;
    if (statement->prepares != NULL) {
        statement->prepares->state = PREPARED;
    }
    if (statement->on_result != NULL) {
        statement->on_result(statement->context, result);
    }
}

/* Failed, or skipped because an earlier one failed. */
static void take_failure(struct bank_db *db) {
    struct pending *statement = ring_head(db);
    db->result_seen = true;
    if (statement->prepares != NULL) {
        statement->prepares->state = NEW;
    }
}

/* One result or NULL, as PQgetResult gave it. False: nothing more to read now. */
static bool take_result(struct bank_db *db, PGresult *result) {
    if (result == NULL) {
        bool statement_ended = db->count > 0 && db->result_seen;
        if (statement_ended) {
            db->result_seen = false;
            (void)ring_pop(db);
        }
        return statement_ended;
    }
    switch ((int)PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
        end_round_trip(db);
        break;
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
        take_success(db, result);
        break;
    case PGRES_PIPELINE_ABORTED:
        take_failure(db);
        break;
    default:
        take_failure(db);
        remember_error(db, result);
        break;
    }
    PQclear(result);
    return true;
}

static void read_results(struct bank_db *db) {
    if (PQconsumeInput(db->connection) == 0) {
        lose_by_libpq(db);
        return;
    }
    while (db->phase != LOST && PQisBusy(db->connection) == 0) {
        if (!take_result(db, PQgetResult(db->connection))) {
            break;
        }
        if (db->reset_asked) {
            lose(db, "given up by its owner");
        }
    }
    if (db->phase != LOST && PQstatus(db->connection) == CONNECTION_BAD) {
        lose_by_libpq(db);
    }
}

static void flush(struct bank_db *db) {
    int left = PQflush(db->connection);
    if (left < 0) {
        lose_by_libpq(db);
    } else if (left > 0) {
        event_add(db->writable, NULL);
    }
}

static void become_ready(struct bank_db *db) {
    int fd = PQsocket(db->connection);
    struct event_base *base = tw_loop_base(db->loop);
    db->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_socket, db);
    db->writable = event_new(base, fd, EV_WRITE, on_socket, db);
    if (db->readable == NULL || db->writable == NULL || PQsetnonblocking(db->connection, 1) != 0 ||
        PQenterPipelineMode(db->connection) != 1) {
        lose_by_libpq(db);
        return;
    }
    event_add(db->readable, NULL);
    db->phase = READY;
    db->backoff_ms = BACKOFF_MIN_MS;
    db->options.on_ready(db->options.context);
}

static void watch_connecting(struct bank_db *db, short what) {
    stop_events(db);
    db->readable = event_new(tw_loop_base(db->loop), PQsocket(db->connection), what, on_socket, db);
    if (db->readable == NULL) {
        lose(db, "out of memory");
        return;
    }
    event_add(db->readable, NULL);
}

static void connect_poll(struct bank_db *db) {
    switch (PQconnectPoll(db->connection)) {
    case PGRES_POLLING_READING:
        watch_connecting(db, EV_READ);
        break;
    case PGRES_POLLING_WRITING:
        watch_connecting(db, EV_WRITE);
        break;
    case PGRES_POLLING_OK:
        event_del(db->timer);
        stop_events(db);
        become_ready(db);
        break;
    case PGRES_POLLING_FAILED:
    case PGRES_POLLING_ACTIVE:
    default:
        lose_by_libpq(db);
        break;
    }
}

static void on_socket(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    struct bank_db *db = context;
    if (db->phase == CONNECTING) {
        connect_poll(db);
        return;
    }
    if ((what & EV_READ) != 0) {
        read_results(db);
    }
    if ((what & EV_WRITE) != 0 && db->phase != LOST) {
        flush(db);
    }
}

/* Serves two waits: the back-off after a loss, and the limit on a connection attempt. */
static void on_timer(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct bank_db *db = context;
    if (db->phase == LOST) {
        connect_start(db);
    } else if (db->phase == CONNECTING) {
        lose(db, "connecting took too long");
    }
}

/* Settings are part of the connection, so that no statement can run without them:
 * idle_in_transaction_session_timeout frees the locks of a bank server that was stopped or cut off
 * between its two round trips; generic plans, because arrays of any length want the same plan; and
 * of those only the ones that find each row by its key: a plan stays, and one that reads a whole
 * table while it is small would read a large one later. What has no key to go by, like a count for
 * the metrics, would look dear enough for parallel workers, and they cost a process each. */
const char bank_db_settings[] =
    "-c search_path=bank,pg_temp -c synchronous_commit=on "
    "-c idle_in_transaction_session_timeout=2000 "
    "-c plan_cache_mode=force_generic_plan -c jit=off "
    "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off "
    "-c max_parallel_workers_per_gather=0";

static void connect_start(struct bank_db *db) {
    const char *keywords[] = {"dbname", "application_name", "options", "target_session_attrs",
                              NULL};
    const char *values[] = {db->conninfo, db->options.application_name, bank_db_settings,
                            "read-write", NULL};
    db->phase = CONNECTING;
    db->connection = PQconnectStartParams(keywords, values, 1);
    if (db->connection == NULL || PQstatus(db->connection) == CONNECTION_BAD) {
        lose_by_libpq(db);
        return;
    }
    PQsetNoticeReceiver(db->connection, on_notice, db);
    struct timeval wait = {.tv_sec = CONNECT_WAIT_MS / 1000, .tv_usec = 0};
    event_add(db->timer, &wait);
    watch_connecting(db, EV_WRITE);
}

struct tw_status bank_db_new(struct tw_loop *loop, const struct bank_db_options *options,
                             struct bank_db **ret_db, struct tw_error *ret_error) {
    struct bank_db *db = calloc(1, sizeof *db);
    if (db == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "database connection");
    }
    db->loop = loop;
    db->options = *options;
    db->phase = LOST;
    db->backoff_ms = BACKOFF_MIN_MS;
    db->lost_task = (struct tw_task){.run = run_lost, .context = db};
    db->conninfo = strdup(options->conninfo);
    db->preparations = calloc(options->statement_count, sizeof *db->preparations);
    db->timer = event_new(tw_loop_base(loop), -1, 0, on_timer, db);
    if (db->conninfo == NULL || db->preparations == NULL || db->timer == NULL) {
        bank_db_free(db);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "database connection");
    }
    connect_start(db);
    *ret_db = db;
    return tw_success();
}

void bank_db_free(struct bank_db *db) {
    if (db == NULL) {
        return;
    }
    tw_loop_undefer(db->loop, &db->lost_task);
    stop_events(db);
    if (db->timer != NULL) {
        event_free(db->timer);
    }
    PQfinish(db->connection);
    free(db->preparations);
    free(db->conninfo);
    free(db);
}

bool bank_db_ready(const struct bank_db *db) {
    return db->phase == READY;
}

bool bank_db_has_room(const struct bank_db *db) {
    return db->phase == READY && db->count + ROUND_TRIP_MAX <= PENDING_MAX;
}

static void prepare(struct bank_db *db, size_t statement) {
    struct preparation *preparation = &db->preparations[statement];
    const struct bank_statement *text = &db->options.statements[statement];
    if (preparation->state != NEW) {
        return;
    }
    db->reset_asked |= PQsendPrepare(db->connection, text->name, text->sql, 0, NULL) == 0;
    ring_push(db, (struct pending){.prepares = preparation});
    *preparation = (struct preparation){ASKED, db->round_trip};
}

/* By its name when that is known to the server by then: in a round trip that began before the one
 * that asked for it came back, nobody can tell yet, and the statement is sent as text. */
void bank_db_send(struct bank_db *db, size_t statement, struct bank_params *params,
                  bank_result_fn callback, void *context) {
    tw_assert(db->phase == READY && statement < db->options.statement_count);
    static const int binary[BANK_PARAMS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const struct preparation *preparation = &db->preparations[statement];
    const struct bank_statement *text = &db->options.statements[statement];
    const char *values[BANK_PARAMS_MAX] = {NULL};
    int count = 0;
    const int *lengths = NULL;
    if (params != NULL) {
        bank_params_export(params, values);
        count = params->count;
        lengths = params->lengths;
    }
    prepare(db, statement);
    int sent =
        preparation->state == PREPARED || preparation->round_trip == db->round_trip
            ? PQsendQueryPrepared(db->connection, text->name, count, values, lengths, binary, 1)
            : PQsendQueryParams(db->connection, text->sql, count, NULL, values, lengths, binary, 1);
    if (params != NULL) {
        bank_params_reset(params);
    }
    ring_push(db, (struct pending){.on_result = callback, .context = context});
    if (sent == 0) {
        db->reset_asked = true; /* found out at the sync: one place for the loss */
    }
}

void bank_db_prepare_all(struct bank_db *db) {
    for (size_t i = 0; i < db->options.statement_count; i++) {
        prepare(db, i);
    }
}

void bank_db_sync(struct bank_db *db, bank_sync_fn callback, void *context) {
    ring_push(db, (struct pending){.is_sync = true, .on_sync = callback, .context = context});
    db->round_trip++;
    if (db->reset_asked || PQpipelineSync(db->connection) == 0) {
        lose_by_libpq(db);
        return;
    }
    flush(db);
}

void bank_db_reset(struct bank_db *db, const char *reason) {
    if (db->phase != LOST) {
        lose(db, reason);
    }
}
