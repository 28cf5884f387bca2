/*
 * Private to server.c, roster.c, gate.c, connection.c and request.c: the parts of a server and what
 * they call of each other. server.c owns listeners and the whole, roster.c who is connected, gate.c
 * whose handshake is next, connection.c one peer and its lines, request.c the slots, batches and
 * answers.
 */
#ifndef TW_RPC_SERVER_PARTS_H
#define TW_RPC_SERVER_PARTS_H

#include "net/listener.h"
#include "net/stream.h"
#include "rpc/server.h"

enum tw_connection_phase {
    TW_CONNECTION_HANDSHAKE,
    TW_CONNECTION_SERVING,
    TW_CONNECTION_FINISHING,
    TW_CONNECTION_CLOSING,
    TW_CONNECTION_PHASE_COUNT,
};

/* Requests that came in one array and are answered as one. */
struct tw_batch {
    struct tw_batch *next, *previous;       /* of the same connection */
    size_t waiting;                         /* answers that are missing */
    bool reading;                           /* its requests are still being handed out */
    size_t count;                           /* answers in all */
    struct tw_buffer answers[TW_BATCH_MAX]; /* in the order of the requests */
};

struct tw_slot {
    uint32_t generation;
    struct tw_connection *connection; /* NULL: FREE */
    struct tw_slot *next, *previous;  /* of the same connection, or next free */
    json_t *id;                       /* NULL for a notification */
    struct tw_batch *batch;           /* NULL: answered alone */
    size_t batch_index;
    struct tw_timer deadline;
    char trace_id[TW_TRACE_ID_SIZE];
};

struct tw_connection_list {
    struct tw_connection *first, *last; /* oldest first */
    size_t count;
};

struct tw_connection {
    struct tw_server *server;
    struct tw_stream *stream;
    enum tw_connection_phase phase;
    struct tw_connection_list *list; /* one of the roster's */
    struct tw_connection *next, *previous;
    struct tw_connection *same_place; /* in the roster's table */
    int64_t shaking_us;               /* since when it is in the list of that name */
    struct tw_slot *slots;            /* WAITING */
    struct tw_batch *batches;
    size_t in_flight;
    unsigned bad_lines; /* in a row */
    struct tw_tls_peer certificate;
    unsigned recheck; /* the server's, when the certificate was checked */
    struct tw_identity peer;
    char address[TW_ADDRESS_TEXT_SIZE];
};

/* Who is connected, each in one list. No call depends on how many they are. */
struct tw_roster {
    struct tw_connection_list strangers; /* silent, or slow in their handshake */
    struct tw_connection_list waiting;   /* said hello, and are answered in this order */
    struct tw_connection_list shaking;   /* their handshake is under way */
    struct tw_connection_list known;     /* it is done */
    struct tw_connection **places;       /* of the known, by identity; a power of two */
    size_t place_count;
};

struct tw_server {
    struct tw_loop *loop;
    struct tw_tls *tls;
    unsigned accept_kinds;
    struct tw_server_limits limits;
    struct tw_stream_limits stream_limits;
    int64_t default_deadline_us;
    void (*on_request)(void *context, const struct tw_request *request);
    void *context;

    struct tw_listener *listeners[TW_SERVER_LISTEN_MAX];
    size_t listener_count;
    struct tw_roster roster;
    struct tw_slot *slots; /* limits.in_flight of them */
    struct tw_slot *free_slots;
    struct tw_timer sweep;
    int64_t next_expiry_ms; /* no certificate of a live peer ends before */
    unsigned recheck; /* counts reloads: handshakes begun before the last one are checked again */
    struct tw_connection *recheck_next; /* of the known; NULL: all are checked */
    struct tw_task recheck_some;
    struct tw_task gate_task; /* lets in who waits, as far as there is room */
    struct tw_timer gate_timer;
    int64_t limit_logged_us;
    bool draining;
    struct tw_task drained;
    void (*on_drained)(void *context);
    void *drain_context;
    struct tw_server_counters counters;
};

/* roster.c */
TW_MUST_USE bool tw_roster_new(struct tw_roster *roster, size_t connections);
void tw_roster_free(struct tw_roster *roster);
/* From the list where it is, if any, to the end of this one; never that of the known. */
void tw_roster_enter(struct tw_connection_list *list, struct tw_connection *connection);
void tw_roster_admit(struct tw_roster *roster, struct tw_connection *connection);
void tw_roster_leave(struct tw_roster *roster, struct tw_connection *connection);
/* How many of this identity are known and not CLOSING. */
size_t tw_roster_count(const struct tw_roster *roster, const char *identity);

/* gate.c */
void tw_gate_start(struct tw_server *server);
void tw_gate_stop(struct tw_server *server);
/* Its hello is here: true when it is to be answered at once. */
bool tw_gate_hello(struct tw_connection *connection);
/* It leaves the list of the shaking. */
void tw_gate_next(struct tw_server *server);

/* connection.c */
/* Makes room by cutting the oldest connection whose handshake is not done; false when there is
 * none. So strangers who connect and stay silent cannot keep terminals out for handshake_ms. */
bool tw_connection_evict(struct tw_server *server);
void tw_connection_accept(struct tw_server *server, int fd, const struct tw_address *peer);
/* Tells the peer (id null), drops what is in flight, and ends the connection. */
void tw_connection_refuse(struct tw_connection *connection, const struct tw_error *why);
/* Serves nothing new; ends when nothing is in flight. */
void tw_connection_finish(struct tw_connection *connection);
void tw_connection_free(struct tw_connection *connection);

/* request.c */
struct tw_status tw_slots_new(struct tw_server *server, struct tw_error *ret_error);
/* document is what line says. */
void tw_request_admit(struct tw_connection *connection, json_t *document, struct tw_text line);
/* Answers with a null id: to a line that holds no request. */
void tw_request_refuse_line(struct tw_connection *connection, const struct tw_error *error);
void tw_request_abandon_all(struct tw_connection *connection);

/* server.c */
void tw_server_connection_admitted(struct tw_server *server,
                                   const struct tw_connection *connection);
/* Before it leaves the roster. */
void tw_server_connection_leaving(struct tw_server *server, const struct tw_connection *connection);
void tw_server_connection_gone(struct tw_server *server);

#endif
