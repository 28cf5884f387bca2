/* Lines are kept as C strings, so a NUL byte in one cuts it short. */
#include "support/peer.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct tw_stream_limits test_peer_limits = {
    .line_max = 1048576,
    .output_max = 16777216,
    .handshake_ms = 5000,

};

static void on_open(void *context) {
    struct test_peer *peer = context;
    peer->open = true;
}

static void answer(struct test_peer *peer, const char *line) {
    json_t *request = json_loads(line, 0, NULL);
    ck_assert_ptr_nonnull(request);
    json_t *reply = json_pack("{s:s,s:O,s:{}}", "jsonrpc", "2.0", "id",
                              json_object_get(request, "id"), "result");
    char *text = json_dumps(reply, JSON_COMPACT);
    test_peer_say(peer, text);
    test_peer_say(peer, "\n");
    free(text);
    json_decref(reply);
    json_decref(request);
}

static void on_line(void *context, const char *bytes, size_t length) {
    struct test_peer *peer = context;
    char *line = strndup(bytes, length);
    ck_assert_ptr_nonnull(line);
    if (peer->echo) {
        answer(peer, line);
    }
    if (peer->lines_heard < TEST_PEER_LINES) {
        peer->lines[peer->lines_heard] = line;
    } else {
        free(line);
    }
    peer->lines_heard++;
}

static void on_too_long(void *context) {
    struct test_peer *peer = context;
    peer->too_long = true;
    tw_stream_end(peer->stream, NULL);
}

static void on_end(void *context, bool unfinished) {
    struct test_peer *peer = context;
    peer->ended = true;
    peer->unfinished = unfinished;
}

static void on_flushed(void *context) {
    struct test_peer *peer = context;
    peer->flushed++;
}

static void on_closed(void *context, const struct tw_error *why) {
    struct test_peer *peer = context;
    ck_assert(!peer->closed);
    peer->closed = true;
    peer->why = *why;
    peer->stream = NULL;
}

static const struct tw_stream_events events = {
    .on_open = on_open,
    .on_line = on_line,
    .on_too_long = on_too_long,
    .on_end = on_end,
    .on_flushed = on_flushed,
    .on_closed = on_closed,
};

void test_peer_connect(struct test_peer *peer, struct test_bed *bed, struct tw_tls *tls, int port) {
    const struct tw_stream_options options = {.loop = bed->loop,
                                              .tls = tls,
                                              .limits = &test_peer_limits,
                                              .events = &events,
                                              .context = peer};
    struct tw_address address;
    char text[32];
    *peer = (struct test_peer){0};
    snprintf(text, sizeof text, "127.0.0.1:%d", port);
    ck_assert(tw_ok(tw_address_parse(text, &address, NULL)));
    ck_assert(tw_ok(tw_stream_connect(&options, &address, &peer->stream, NULL)));
}

void test_peer_accept(struct test_peer *peer, struct test_bed *bed, struct tw_tls *tls,
                      const struct tw_stream_limits *limits, int fd) {
    const struct tw_stream_options options = {
        .loop = bed->loop, .tls = tls, .limits = limits, .events = &events, .context = peer};
    *peer = (struct test_peer){.echo = peer->echo};
    ck_assert(tw_ok(tw_stream_accept(&options, fd, &peer->stream, NULL)));
}

void test_peer_say_bytes(struct test_peer *peer, const char *bytes, size_t length) {
    ck_assert_ptr_nonnull(peer->stream);
    struct tw_buffer *output = tw_stream_output(peer->stream);
    ck_assert_ptr_nonnull(output);
    ck_assert(tw_buffer_append(output, bytes, length));
    tw_stream_send(peer->stream);
}

void test_peer_say(struct test_peer *peer, const char *text) {
    test_peer_say_bytes(peer, text, strlen(text));
}

void test_peer_end(struct test_peer *peer) {
    ck_assert_int_ge(SSL_shutdown(tw_stream_session(peer->stream)), 0);
}

void test_peer_free(struct test_peer *peer) {
    tw_stream_free(peer->stream);
    for (size_t i = 0; i < peer->lines_heard && i < TEST_PEER_LINES; i++) {
        free(peer->lines[i]);
    }
    *peer = (struct test_peer){0};
}

static void on_accept(void *context, int fd, const struct tw_address *address) {
    struct test_host *host = context;
    (void)address;
    if (host->accepted == host->peer_count) {
        close(fd);
        return;
    }
    struct test_peer *peer = &host->peers[host->accepted++];
    peer->echo = host->echo;
    test_peer_accept(peer, host->bed, host->tls, host->limits, fd);
}

void test_host_open(struct test_host *host, struct test_bed *bed, struct tw_tls *tls,
                    struct test_peer *peers, size_t peer_count) {
    *host = (struct test_host){.bed = bed,
                               .tls = tls,
                               .limits = &test_peer_limits,
                               .peers = peers,
                               .peer_count = peer_count};
    ck_assert(
        tw_ok(tw_listener_new(bed->loop, "127.0.0.1:0", on_accept, host, &host->listener, NULL)));
    tw_listener_start(host->listener);
}

void test_host_close(struct test_host *host) {
    tw_listener_free(host->listener);
    for (size_t i = 0; i < host->accepted; i++) {
        test_peer_free(&host->peers[i]);
    }
}

int test_host_port(const struct test_host *host) {
    return tw_listener_port(host->listener);
}
