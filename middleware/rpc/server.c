/*
 * The whole of a server: its listeners, its limits, its sweep for certificates that end while their
 * connection lives, and its end. Connections and requests have files of their own.
 */
#include "rpc/server.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/log.h"
#include "rpc/server_parts.h"

enum { SWEEP_US = 1000000, LOG_PAUSE_US = 1000000, RECHECKS_PER_TURN = 16 };

const struct tw_server_limits tw_server_limits_default = {
    .json = {.bytes = 65536, .depth = 16, .values = 4096},
    .connections = 16384,
    .connections_per_identity = 8,
    .in_flight = 16384,
    .in_flight_per_connection = 1024,
    .output_bytes = 1048576,
    .handshake_ms = 5000,
    .idle_ms = 120000,
    .line_ms = 10000,
};

/* --- accepting ------------------------------------------------------------------------------ */

static void on_accept(void *context, int fd, const struct tw_address *peer) {
    struct tw_server *server = context;
    if (server->counters.open < server->limits.connections || tw_connection_evict(server)) {
        tw_connection_accept(server, fd, peer);
        return;
    }
    close(fd);
    server->counters.refused_limit++;
    int64_t now_us = tw_loop_now_us(server->loop);
    if (server->limit_logged_us == 0 || now_us - server->limit_logged_us >= LOG_PAUSE_US) {
        server->limit_logged_us = now_us;
        tw_log(TW_LOG_WARN, "connections refused, limit reached",
               TW_INT("limit", (int64_t)server->limits.connections),
               TW_INT("refused", (int64_t)server->counters.refused_limit));
    }
}

static struct tw_status open_listeners(struct tw_server *server,
                                       const struct tw_server_options *options,
                                       struct tw_error *ret_error) {
    if (options->listen_count > TW_SERVER_LISTEN_MAX) {
        return tw_fail(ret_error, TW_E_CONFIG, "more than %d listen addresses",
                       TW_SERVER_LISTEN_MAX);
    }
    struct tw_status status = tw_success();
    for (size_t i = 0; i < options->listen_count && tw_ok(status); i++) {
        status = tw_listener_new(server->loop, options->listen[i], on_accept, server,
                                 &server->listeners[i], ret_error);
        server->listener_count += tw_ok(status);
    }
    return status;
}

static void close_listeners(struct tw_server *server) {
    for (size_t i = 0; i < server->listener_count; i++) {
        tw_listener_free(server->listeners[i]);
    }
    server->listener_count = 0;
}

void tw_server_open(struct tw_server *server) {
    for (size_t i = 0; i < server->listener_count; i++) {
        tw_listener_start(server->listeners[i]);
    }
}

int tw_server_port(const struct tw_server *server, size_t listen_index) {
    tw_assert(listen_index < server->listener_count);
    return tw_listener_port(server->listeners[listen_index]);
}

/* --- certificates of live peers ------------------------------------------------------------- */

/* A certificate's end is looked for only when one of them is due, so that thousands of terminals
 * cost nothing each second. */
static void sweep(void *context) {
    struct tw_server *server = context;
    int64_t now_ms = tw_wall_ms(tw_loop_clock(server->loop));
    bool crl_expired = tw_tls_crl_expires_ms(server->tls) <= now_ms;
    tw_loop_timer_set(server->loop, &server->sweep, tw_loop_now_us(server->loop) + SWEEP_US);
    if (!crl_expired && now_ms < server->next_expiry_ms) {
        return;
    }
    struct tw_error error = {0};
    server->next_expiry_ms = INT64_MAX;
    for (struct tw_connection *connection = server->roster.known.first; connection != NULL;
         connection = connection->next) {
        if (connection->phase != TW_CONNECTION_SERVING) {
            continue;
        }
        if (!crl_expired && now_ms < connection->certificate.expires_ms) {
            tw_server_connection_admitted(server, connection);
            continue;
        }
        (void)tw_fail(&error, TW_E_IDENTITY, "%s has expired",
                      crl_expired ? "the revocation list" : "the certificate");
        server->counters.refused_identity++;
        tw_connection_refuse(connection, &error);
    }
}

void tw_server_connection_admitted(struct tw_server *server,
                                   const struct tw_connection *connection) {
    if (connection->certificate.expires_ms < server->next_expiry_ms) {
        server->next_expiry_ms = connection->certificate.expires_ms;
    }
}

void tw_server_connection_leaving(struct tw_server *server,
                                  const struct tw_connection *connection) {
    if (server->recheck_next == connection) {
        server->recheck_next = connection->next;
    }
}

static void recheck(struct tw_server *server, struct tw_connection *connection) {
    struct tw_error error = {0};
    bool serves =
        connection->phase == TW_CONNECTION_SERVING || connection->phase == TW_CONNECTION_FINISHING;
    if (!serves || connection->recheck == server->recheck) {
        return;
    }
    connection->recheck = server->recheck;
    if (!tw_ok(tw_tls_peer_still_valid(server->tls, &connection->certificate, &error))) {
        server->counters.refused_identity++;
        tw_connection_refuse(connection, &error);
    }
}

/* A few a turn: each takes two signatures, and ten thousand at once would be seconds in which
 * nobody is answered. */
static void recheck_some(void *context) {
    struct tw_server *server = context;
    for (int i = 0; i < RECHECKS_PER_TURN && server->recheck_next != NULL; i++) {
        struct tw_connection *connection = server->recheck_next;
        server->recheck_next = connection->next;
        recheck(server, connection);
    }
    if (server->recheck_next != NULL) {
        tw_loop_defer(server->loop, &server->recheck_some);
    }
}

void tw_server_recheck_peers(struct tw_server *server) {
    server->recheck++;
    server->recheck_next = server->roster.known.first;
    recheck_some(server);
}

/* --- the end -------------------------------------------------------------------------------- */

static void tell_drained(void *context) {
    struct tw_server *server = context;
    server->on_drained(server->drain_context);
}

void tw_server_connection_gone(struct tw_server *server) {
    const struct tw_roster *roster = &server->roster;
    size_t left = roster->strangers.count + roster->waiting.count + roster->shaking.count +
                  roster->known.count;
    if (server->draining && left == 0) {
        tw_loop_defer(server->loop, &server->drained);
    }
}

static void finish_all(const struct tw_connection_list *list) {
    for (struct tw_connection *connection = list->first; connection != NULL;
         connection = connection->next) {
        tw_connection_finish(connection);
    }
}

void tw_server_drain(struct tw_server *server, void (*done)(void *context), void *context) {
    tw_assert(!server->draining);
    server->draining = true;
    server->on_drained = done;
    server->drain_context = context;
    close_listeners(server);
    finish_all(&server->roster.strangers);
    finish_all(&server->roster.waiting);
    finish_all(&server->roster.shaking);
    finish_all(&server->roster.known);
    tw_server_connection_gone(server);
}

/* --- lifecycle ------------------------------------------------------------------------------ */

struct tw_status tw_server_new(struct tw_loop *loop, const struct tw_server_options *options,
                               struct tw_server **ret_server, struct tw_error *ret_error) {
    struct tw_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "server");
    }
    const struct tw_server_limits *limits = &options->limits;
    *server = (struct tw_server){
        .loop = loop,
        .tls = options->tls,
        .accept_kinds = options->accept_kinds,
        .limits = *limits,
        .stream_limits = {.line_max = limits->json.bytes,
                          .output_max = limits->output_bytes,
                          .handshake_ms = limits->handshake_ms,
                          .idle_ms = limits->idle_ms,
                          .line_ms = limits->line_ms},
        .default_deadline_us = options->default_deadline_ms * 1000,
        .on_request = options->on_request,
        .context = options->context,
        .next_expiry_ms = INT64_MAX,
        .sweep = {.run = sweep, .context = server},
        .recheck_some = {.run = recheck_some, .context = server},
        .drained = {.run = tell_drained, .context = server},
    };
    tw_gate_start(server);
    struct tw_status status = tw_roster_new(&server->roster, limits->connections)
                                  ? tw_slots_new(server, ret_error)
                                  : tw_fail(ret_error, TW_E_NO_MEMORY, "server");
    if (tw_ok(status)) {
        status = open_listeners(server, options, ret_error);
    }
    if (!tw_ok(status)) {
        tw_server_free(server);
        return status;
    }
    if (!options->closed) {
        tw_server_open(server);
    }
    tw_loop_timer_set(loop, &server->sweep, tw_loop_now_us(loop) + SWEEP_US);
    *ret_server = server;
    return tw_success();
}

static void free_all(const struct tw_connection_list *list) {
    while (list->first != NULL) {
        tw_connection_free(list->first);
    }
}

void tw_server_free(struct tw_server *server) {
    if (server == NULL) {
        return;
    }
    close_listeners(server);
    free_all(&server->roster.strangers);
    free_all(&server->roster.waiting);
    free_all(&server->roster.shaking);
    free_all(&server->roster.known);
    tw_roster_free(&server->roster);
    tw_gate_stop(server);
    tw_loop_timer_clear(server->loop, &server->sweep);
    tw_loop_undefer(server->loop, &server->recheck_some);
    tw_loop_undefer(server->loop, &server->drained);
    free(server->slots);
    free(server);
}

struct tw_server_counters tw_server_counters(const struct tw_server *server) {
    return server->counters;
}
