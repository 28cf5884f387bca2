/*
 * The other end of a connection, in the test's own loop: says bytes, remembers lines. Built on
 * tw_stream, from either side; a test of the stream itself has one at both ends.
 */
#ifndef TEST_SUPPORT_PEER_H
#define TEST_SUPPORT_PEER_H

#include "net/listener.h"
#include "net/stream.h"
#include "support/bed.h"

#define TEST_PEER_LINES 256

struct test_peer {
    struct tw_stream *stream; /* NULL after it closed */
    bool open, ended, closed, unfinished, too_long;
    bool echo;          /* answer every request line with an empty result */
    size_t flushed;     /* how often all output had gone */
    size_t lines_heard; /* all, also those not kept */
    char *lines[TEST_PEER_LINES];
    struct tw_error why; /* after closed */
};

extern const struct tw_stream_limits test_peer_limits; /* generous */

void test_peer_connect(struct test_peer *peer, struct test_bed *bed, struct tw_tls *tls, int port);
void test_peer_accept(struct test_peer *peer, struct test_bed *bed, struct tw_tls *tls,
                      const struct tw_stream_limits *limits, int fd);
void test_peer_say(struct test_peer *peer, const char *text); /* sends it as it is */
void test_peer_say_bytes(struct test_peer *peer, const char *bytes, size_t length);
void test_peer_end(struct test_peer *peer); /* half-close: close_notify, still reads */
void test_peer_free(struct test_peer *peer);

/* A listener on a free port of 127.0.0.1 whose next connections become the given peers. */
struct test_host {
    struct test_bed *bed;
    struct tw_tls *tls;
    const struct tw_stream_limits *limits;
    struct tw_listener *listener;
    struct test_peer *peers;
    size_t peer_count;
    size_t accepted;
    bool echo;
};

void test_host_open(struct test_host *host, struct test_bed *bed, struct tw_tls *tls,
                    struct test_peer *peers, size_t peer_count);
void test_host_close(struct test_host *host); /* frees its peers too */
int test_host_port(const struct test_host *host);

#endif
