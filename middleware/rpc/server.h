/*
 * The serving side of JSON-RPC over TLS, for every daemon: listeners, connections, limits, frames,
 * envelopes, batches, answers in any order, half-close, drain.
 *
 * The owner gets one callback per request and answers it, at once or later, exactly once, by its
 * handle. A handle is {slot, generation}: answering after the connection died, or after the
 * deadline was answered for the owner, is harmless.
 * Requests whose identity, envelope or limits are wrong never reach the owner. `rpc.ping` is
 * answered here, {} to anybody who was let in.
 *
 *   connection: HANDSHAKE -> SERVING -> FINISHING -> CLOSING
 *               HANDSHAKE -> CLOSING   handshake failed, or identity or limit refused
 *               SERVING -> FINISHING   the peer half-closed, or drain: waiting answers still go out
 *               any -> CLOSING         its last bytes go out, then its memory
 *   request:    FREE -> WAITING -> FREE   by an answer, its deadline, or the connection's end
 *
 * A line that is not JSON is answered with id null and the connection stays. A line that is too
 * long, holds NUL, or is the seventeenth bad one in a row is answered and the connection ends.
 */
#ifndef TW_RPC_SERVER_H
#define TW_RPC_SERVER_H

#include "net/identity.h"
#include "net/loop.h"
#include "net/tls.h"
#include "wire/envelope.h"
#include "wire/trace.h"

struct tw_server;

struct tw_server_limits {
    struct tw_json_limits json;
    size_t connections; /* in all; beyond it the oldest unfinished handshake makes room */
    size_t connections_per_identity;
    size_t in_flight;                       /* requests in all; more: BUSY; allocated at start */
    size_t in_flight_per_connection;        /* more: BUSY for the surplus request */
    size_t output_bytes;                    /* a reader slower than this is disconnected */
    int64_t handshake_ms, idle_ms, line_ms; /* line_ms: from a line's first byte to its end */
};

extern const struct tw_server_limits tw_server_limits_default;

struct tw_request_handle {
    uint32_t slot;
    uint32_t generation;
};

struct tw_request {
    struct tw_request_handle handle;
    const struct tw_identity *peer;
    const char *method;
    json_t *params;        /* borrowed, valid during the callback; incref to keep */
    struct tw_text line;   /* what the request was read from; nothing when it was in a batch */
    int64_t deadline_us;   /* monotonic; from params.deadline_ms or the server's default */
    struct tw_trace trace; /* of this hop; child of params.traceparent, or new */
};

#define TW_SERVER_LISTEN_MAX 16

struct tw_server_options {
    const char *const *listen; /* "127.0.0.1:7001", "[::1]:7001"; port 0 picks one */
    size_t listen_count;
    struct tw_tls *tls;
    unsigned accept_kinds; /* TW_ID_BIT(...) | ... ; others are closed with a log line */
    struct tw_server_limits limits;
    int64_t default_deadline_ms;
    bool closed; /* callers wait until tw_server_open */
    void (*on_request)(void *context, const struct tw_request *request);
    void *context;
};

struct tw_status tw_server_new(struct tw_loop *loop, const struct tw_server_options *options,
                               struct tw_server **ret_server, struct tw_error *ret_error);
/* Accepts callers, of a server that was made closed. */
void tw_server_open(struct tw_server *server);
/* Not from on_request. Open connections are cut; for a clean end drain first. */
void tw_server_free(struct tw_server *server);
int tw_server_port(const struct tw_server *server, size_t listen_index);

/* result is stolen; NULL, when memory ran out, is answered INTERNAL. */
void tw_server_answer(struct tw_server *server, struct tw_request_handle handle, json_t *result);
/* Answers with JSON text: a result, or an error as it came from another hop. */
void tw_server_answer_text(struct tw_server *server, struct tw_request_handle handle, bool is_error,
                           struct tw_text content);
void tw_server_fail(struct tw_server *server, struct tw_request_handle handle,
                    const struct tw_error *error);

/* Re-checks every live peer against the reloaded CRL and closes those that fail. Expired
 * certificates and an expired CRL are noticed without it, every second. */
void tw_server_recheck_peers(struct tw_server *server);
/* Stops accepting; new requests get SHUTTING_DOWN; done is called when nothing is in flight and
 * every connection has closed. */
void tw_server_drain(struct tw_server *server, void (*done)(void *context), void *context);

struct tw_server_counters {
    uint64_t accepted, refused_identity, refused_limit, requests, errors, answers, open, in_flight;
};
struct tw_server_counters tw_server_counters(const struct tw_server *server);

#endif
