/*
 * A server on a test bed, with an owner that does what a test wants, and one terminal connected to
 * it. The method "now" is answered at once with its params; every other request is kept.
 */
#ifndef TEST_SUPPORT_SERVING_H
#define TEST_SUPPORT_SERVING_H

#include "rpc/server.h"
#include "support/bed.h"
#include "support/peer.h"

#define SERVING_TERMINAL "tellerwire://terminal/90000001/00000017"
#define SERVING_OPERATOR "tellerwire://operator/90000001/alice"
#define SERVING_KEPT_MAX 64

#define REQUEST(id, method) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\"}"
#define RESULT(id)          "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{}}"

/* A request that the owner was given and has not answered. */
struct serving_kept {
    struct tw_request_handle handle;
    int64_t left_ms;
    struct tw_trace trace;
};

struct serving {
    struct test_bed bed;
    struct tw_tls *server_tls, *client_tls;
    struct tw_server_options options; /* may be changed between prepare and start */
    struct tw_server *server;
    struct test_peer client;
    struct serving_kept kept[SERVING_KEPT_MAX];
    size_t kept_count;
    bool drained;
};

extern struct serving serving; /* one per process: each test has its own */

void serving_prepare(void);
void serving_start(void);
void serving_join(struct test_peer *peer, struct tw_tls *tls); /* connected and open */
void serving_set_up(void); /* prepare, start, and the client joins */
void serving_tear_down(void);
void serving_drain(void); /* sets drained */

/* The line that answers; what was heard before is skipped. */
const char *serving_ask(const char *line);
const char *serving_reply(size_t number); /* waits for the client's line of this number */
void serving_expect_error(const char *line, int code);

#endif
