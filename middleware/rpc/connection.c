/*
 * One peer: from the accepted socket over its certificate to its last line. The stream does the
 * bytes; here is who may speak, and what is said to those who may not.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "rpc/server_parts.h"

enum { BAD_LINES_MAX = 16 };

#define TO(phase) (1u << TW_CONNECTION_##phase)

static const unsigned allowed[TW_CONNECTION_PHASE_COUNT] = {
    [TW_CONNECTION_HANDSHAKE] = TO(SERVING) | TO(CLOSING),
    [TW_CONNECTION_SERVING] = TO(FINISHING) | TO(CLOSING),
    [TW_CONNECTION_FINISHING] = TO(CLOSING),
};

static void move(struct tw_connection *connection, enum tw_connection_phase phase) {
    tw_assert((allowed[connection->phase] & (1u << phase)) != 0);
    connection->phase = phase;
}

static void close_after_output(struct tw_connection *connection, const struct tw_error *why) {
    if (connection->phase == TW_CONNECTION_CLOSING) {
        return;
    }
    move(connection, TW_CONNECTION_CLOSING);
    tw_request_abandon_all(connection);
    tw_stream_end(connection->stream, why);
}

void tw_connection_refuse(struct tw_connection *connection, const struct tw_error *why) {
    tw_log(TW_LOG_WARN, "connection refused", TW_STR("address", connection->address),
           TW_STR("peer", connection->peer.text), TW_STR("reason", why->detail));
    if (connection->phase != TW_CONNECTION_CLOSING) {
        tw_request_refuse_line(connection, why);
    }
    close_after_output(connection, why);
}

void tw_connection_finish(struct tw_connection *connection) {
    if (connection->phase == TW_CONNECTION_HANDSHAKE ||
        (connection->in_flight == 0 && connection->phase != TW_CONNECTION_CLOSING)) {
        close_after_output(connection, NULL);
    } else if (connection->phase == TW_CONNECTION_SERVING) {
        move(connection, TW_CONNECTION_FINISHING);
    }
}

/* --- who may speak -------------------------------------------------------------------------- */

static struct tw_status check_peer(struct tw_connection *connection, struct tw_error *ret_error) {
    struct tw_server *server = connection->server;
    SSL *session = tw_stream_session(connection->stream);
    struct tw_identity peer = {0};
    struct tw_status status = tw_identity_of(SSL_get0_peer_certificate(session), &peer, ret_error);
    if (tw_ok(status) && connection->recheck != server->recheck) {
        status = tw_tls_still_valid(server->tls, session, ret_error);
    }
    if (tw_ok(status) && (server->accept_kinds & TW_ID_BIT(peer.kind)) == 0) {
        status = tw_fail(ret_error, TW_E_IDENTITY, "%s is not served here", peer.text);
    }
    if (!tw_ok(status)) {
        server->counters.refused_identity++;
        return status;
    }
    if (tw_roster_count(&server->roster, peer.text) >= server->limits.connections_per_identity) {
        server->counters.refused_limit++;
        return tw_fail(ret_error, TW_E_BUSY, "too many connections of %s", peer.text);
    }
    if (!tw_tls_take_peer(session, &connection->certificate)) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "certificate of %s", peer.text);
    }
    connection->peer = peer;
    connection->recheck = server->recheck;
    return status;
}

static bool on_hello(void *context) {
    return tw_gate_hello(context);
}

static void on_open(void *context) {
    struct tw_connection *connection = context;
    struct tw_error error = {0};
    tw_gate_next(connection->server);
    if (!tw_ok(check_peer(connection, &error))) {
        tw_roster_enter(&connection->server->roster.strangers, connection);
        tw_connection_refuse(connection, &error);
        return;
    }
    move(connection, TW_CONNECTION_SERVING);
    tw_roster_admit(&connection->server->roster, connection);
    tw_server_connection_admitted(connection->server, connection);
    tw_log(TW_LOG_DEBUG, "connection opened", TW_STR("address", connection->address),
           TW_STR("peer", connection->peer.text));
}

/* --- what is said --------------------------------------------------------------------------- */

static bool is_blank(const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != ' ' && bytes[i] != '\t') {
            return false;
        }
    }
    return true;
}

static void on_bad_line(struct tw_connection *connection, const char *bytes, size_t length,
                        const struct tw_error *error) {
    bool garbage = memchr(bytes, '\0', length) != NULL;
    if (garbage || ++connection->bad_lines > BAD_LINES_MAX) {
        tw_connection_refuse(connection, error);
    } else {
        tw_request_refuse_line(connection, error);
    }
}

static void on_line(void *context, const char *bytes, size_t length) {
    struct tw_connection *connection = context;
    if (is_blank(bytes, length)) {
        return;
    }
    TW_JSON_OWNED json_t *document = NULL;
    struct tw_error error = {0};
    if (!tw_ok(tw_json_parse(bytes, length, connection->server->limits.json, &document, &error))) {
        on_bad_line(connection, bytes, length, &error);
        return;
    }
    connection->bad_lines = 0;
    tw_request_admit(connection, document, (struct tw_text){bytes, length});
}

static void on_too_long(void *context) {
    struct tw_connection *connection = context;
    struct tw_error error = {0};
    (void)tw_fail(&error, TW_E_TOO_LARGE, "a line is longer than %zu bytes",
                  connection->server->limits.json.bytes);
    tw_connection_refuse(connection, &error);
}

static void on_end(void *context, bool unfinished) {
    struct tw_connection *connection = context;
    if (unfinished) {
        struct tw_error error = {0};
        (void)tw_fail(&error, TW_E_PARSE, "the last line has no end");
        tw_request_refuse_line(connection, &error);
    }
    tw_connection_finish(connection);
}

static void unlink_and_free(struct tw_connection *connection) {
    struct tw_server *server = connection->server;
    tw_assert(connection->slots == NULL && connection->batches == NULL);
    tw_server_connection_leaving(server, connection);
    tw_roster_leave(&server->roster, connection);
    tw_gate_next(server);
    server->counters.open--;
    tw_tls_peer_free(&connection->certificate);
    free(connection);
}

static void on_closed(void *context, const struct tw_error *why) {
    struct tw_connection *connection = context;
    struct tw_server *server = connection->server;
    if (connection->phase == TW_CONNECTION_HANDSHAKE) {
        server->counters.refused_identity += why->code == TW_E_IDENTITY;
        tw_log(TW_LOG_WARN, "handshake failed", TW_STR("address", connection->address),
               TW_STR("reason", why->detail));
    } else {
        tw_log(TW_LOG_DEBUG, "connection closed", TW_STR("peer", connection->peer.text),
               TW_STR("reason", why->detail));
    }
    tw_request_abandon_all(connection);
    unlink_and_free(connection);
    tw_server_connection_gone(server);
}

static const struct tw_stream_events events = {
    .on_hello = on_hello,
    .on_open = on_open,
    .on_line = on_line,
    .on_too_long = on_too_long,
    .on_end = on_end,
    .on_closed = on_closed,
};

/* --- coming and going ----------------------------------------------------------------------- */

/* Past those that this turn cut already. */
static struct tw_connection *first_shaking(const struct tw_connection_list *list) {
    struct tw_connection *connection = list->first;
    while (connection != NULL && connection->phase != TW_CONNECTION_HANDSHAKE) {
        connection = connection->next;
    }
    return connection;
}

bool tw_connection_evict(struct tw_server *server) {
    struct tw_roster *roster = &server->roster;
    struct tw_connection *oldest = first_shaking(&roster->strangers);
    if (oldest == NULL) {
        oldest = first_shaking(&roster->waiting);
    }
    if (oldest == NULL) {
        oldest = first_shaking(&roster->shaking);
    }
    if (oldest == NULL) {
        return false;
    }
    server->counters.refused_limit++;
    close_after_output(oldest, &(struct tw_error){.code = TW_E_BUSY, .detail = "no room"});
    return true;
}

void tw_connection_accept(struct tw_server *server, int fd, const struct tw_address *peer) {
    struct tw_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return;
    }
    const struct tw_stream_options options = {
        .loop = server->loop,
        .tls = server->tls,
        .limits = &server->stream_limits,
        .events = &events,
        .context = connection,
    };
    connection->server = server;
    connection->recheck = server->recheck;
    tw_address_text(peer, connection->address);
    if (!tw_ok(tw_stream_accept(&options, fd, &connection->stream, NULL))) {
        free(connection);
        return;
    }
    tw_roster_enter(&server->roster.strangers, connection);
    server->counters.open++;
    server->counters.accepted++;
}

void tw_connection_free(struct tw_connection *connection) {
    tw_request_abandon_all(connection);
    tw_stream_free(connection->stream);
    unlink_and_free(connection);
}
