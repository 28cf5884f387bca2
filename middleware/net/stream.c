/*
 * libevent's bare loop with our own SSL_read and SSL_write, as PgBouncer and memcached do it.
 * bufferevent_openssl was rejected: it stalls when a high read watermark is set, and its lifetime
 * rules invite double closes.
 *
 * A read event stays registered while we want input; a write event exists only while the kernel
 * would not take more. Callbacks only move bytes. Three tasks do the rest at the end of the turn:
 * `deliver` hands out lines, `flush` writes what they caused, `reap` frees. One timer per stream is
 * set for the earliest limit that could be hit and re-computed when it runs, not at every byte.
 */
#include "net/stream.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    READ_ROOM = 16384, /* a whole TLS record */
    READS_PER_TURN = 4,
    LINGER_US = 3000000,
    LINGER_BYTES_MAX = 1048576,
};

enum phase { CONNECTING, HANDSHAKE, OPEN, HALF_CLOSED, ENDING, LINGERING, CLOSED, PHASE_COUNT };

#define TO(phase) (1u << (phase))

/* From each phase, the phases that may follow. */
static const unsigned allowed[PHASE_COUNT] = {
    [CONNECTING] = TO(HANDSHAKE) | TO(CLOSED),
    [HANDSHAKE] = TO(OPEN) | TO(CLOSED),
    [OPEN] = TO(HALF_CLOSED) | TO(ENDING) | TO(CLOSED),
    [HALF_CLOSED] = TO(ENDING) | TO(CLOSED),
    [ENDING] = TO(LINGERING) | TO(CLOSED),
    [LINGERING] = TO(CLOSED),
};

struct tw_stream {
    struct tw_loop *loop;
    const struct tw_stream_limits *limits;
    const struct tw_stream_events *events;
    void *context;
    SSL *session;
    int fd;
    enum phase phase;
    bool input_ended; /* the peer sends no more */
    bool more_input;  /* a turn's share was read, OpenSSL may hold more */
    bool throttled;   /* the peer does not read its answers, so we do not read its requests */
    struct event read_event, write_event;
    struct tw_buffer input, output;
    size_t scanned;        /* bytes of input known to hold no line end */
    size_t lingered;       /* bytes thrown away */
    int64_t phase_us;      /* since when it is in this phase */
    int64_t active_us;     /* last byte either way */
    int64_t line_began_us; /* 0: no unfinished line */
    struct tw_timer timer;
    struct tw_task deliver, flush, reap;
    struct tw_error why;
};

static void move(struct tw_stream *stream, enum phase phase) {
    tw_assert((allowed[stream->phase] & TO(phase)) != 0);
    stream->phase = phase;
    stream->phase_us = tw_loop_now_us(stream->loop);
}

static bool can_send(const struct tw_stream *stream) {
    return stream->phase == OPEN || stream->phase == HALF_CLOSED;
}

static void remember_why(struct tw_stream *stream, const struct tw_error *why) {
    if (why != NULL && stream->why.code == TW_E_NONE)
        stream->why = *why;
}

/* --- closing ------------------------------------------------------------------------------- */

static void stop_events(struct tw_stream *stream) {
    event_del(&stream->read_event);
    event_del(&stream->write_event);
    tw_loop_timer_clear(stream->loop, &stream->timer);
    tw_loop_undefer(stream->loop, &stream->deliver);
    tw_loop_undefer(stream->loop, &stream->flush);
}

static void release(struct tw_stream *stream) {
    SSL_free(stream->session);
    close(stream->fd);
    tw_buffer_free(&stream->input);
    tw_buffer_free(&stream->output);
    free(stream);
}

static void reap(void *context) {
    struct tw_stream *stream = context;
    stream->events->on_closed(stream->context, &stream->why);
    release(stream);
}

void tw_stream_close(struct tw_stream *stream, const struct tw_error *why) {
    if (stream->phase == CLOSED)
        return;
    remember_why(stream, why);
    move(stream, CLOSED);
    stop_events(stream);
    tw_loop_defer(stream->loop, &stream->reap);
}

void tw_stream_free(struct tw_stream *stream) {
    if (stream == NULL)
        return;
    stop_events(stream);
    tw_loop_undefer(stream->loop, &stream->reap);
    if (can_send(stream)) {
        ERR_clear_error();
        (void)SSL_shutdown(stream->session);
    }
    release(stream);
}

static void close_because(struct tw_stream *stream, enum tw_code code, const char *reason) {
    struct tw_error error = {.code = code};
    snprintf(error.detail, sizeof error.detail, "%s", reason);
    tw_stream_close(stream, &error);
}

static void close_by_tls(struct tw_stream *stream) {
    struct tw_error error = {0};
    tw_tls_explain(stream->session, &error);
    tw_stream_close(stream, &error);
}

/* --- time limits --------------------------------------------------------------------------- */

/* When the stream would be closed if nothing happened from now on; INT64_MAX: never. */
static int64_t limit_us(const struct tw_stream *stream) {
    const struct tw_stream_limits *limits = stream->limits;
    switch (stream->phase) {
    case CONNECTING:
    case HANDSHAKE:
        return stream->active_us + limits->handshake_ms * 1000;
    case ENDING:
    case LINGERING:
        return stream->active_us + LINGER_US;
    case OPEN:
    case HALF_CLOSED:
        break;
    case CLOSED:
    case PHASE_COUNT:
    default:
        return INT64_MAX;
    }
    int64_t due_us = limits->idle_ms > 0 ? stream->active_us + limits->idle_ms * 1000 : INT64_MAX;
    if (limits->line_ms > 0 && stream->line_began_us != 0 &&
        stream->line_began_us + limits->line_ms * 1000 < due_us)
        due_us = stream->line_began_us + limits->line_ms * 1000;
    return due_us;
}

/* Limits only ever move away while the timer runs, except at these calls. */
static void watch_limits(struct tw_stream *stream) {
    int64_t due_us = limit_us(stream);
    if (due_us == INT64_MAX || (stream->timer.set && stream->timer.due_us <= due_us))
        return;
    tw_loop_timer_set(stream->loop, &stream->timer, due_us);
}

static void on_timer(void *context) {
    struct tw_stream *stream = context;
    if (tw_loop_now_us(stream->loop) < limit_us(stream)) {
        watch_limits(stream);
        return;
    }
    switch (stream->phase) {
    case CONNECTING:
        close_because(stream, TW_E_IO, "connecting took too long");
        return;
    case HANDSHAKE:
        close_because(stream, TW_E_PEER, "the TLS handshake took too long");
        return;
    case OPEN:
    case HALF_CLOSED:
        if (stream->line_began_us != 0)
            close_because(stream, TW_E_PEER, "a line took too long");
        else if (tw_buffer_length(&stream->output) > 0)
            close_because(stream, TW_E_PEER, "the peer does not read");
        else
            tw_stream_end(stream, &(struct tw_error){.code = TW_E_IO, .detail = "idle"});
        return;
    case ENDING:
    case LINGERING:
        tw_stream_close(stream, NULL);
        return;
    case CLOSED:
    case PHASE_COUNT:
    default:
        return;
    }
}

/* --- output -------------------------------------------------------------------------------- */

/* The goodbye went out. The peer's unread bytes are thrown away until it closes too: closing a
 * socket with unread input would reset it and could take our last answer along. */
static void linger(struct tw_stream *stream) {
    ERR_clear_error();
    (void)SSL_shutdown(stream->session);
    ERR_clear_error();
    if (stream->input_ended) {
        tw_stream_close(stream, NULL);
        return;
    }
    move(stream, LINGERING);
    shutdown(stream->fd, SHUT_WR);
    event_add(&stream->read_event, NULL);
}

static void throttle(struct tw_stream *stream) {
    size_t waiting = tw_buffer_length(&stream->output);
    if (!stream->throttled && waiting > stream->limits->output_max / 2) {
        stream->throttled = true;
        event_del(&stream->read_event);
    } else if (stream->throttled && waiting <= stream->limits->output_max / 4) {
        stream->throttled = false;
        if (!stream->input_ended && can_send(stream))
            event_add(&stream->read_event, NULL);
        stream->more_input = true;
        tw_loop_defer(stream->loop, &stream->deliver);
    }
}

/* False when nothing more can be written now. */
static bool write_once(struct tw_stream *stream) {
    size_t written = 0;
    ERR_clear_error();
    int result = SSL_write_ex(stream->session, tw_buffer_head(&stream->output),
                              tw_buffer_length(&stream->output), &written);
    if (result == 1) {
        tw_buffer_consume(&stream->output, written);
        stream->active_us = tw_loop_now_us(stream->loop);
        return true;
    }
    switch (SSL_get_error(stream->session, result)) {
    case SSL_ERROR_WANT_WRITE:
        event_add(&stream->write_event, NULL);
        return false;
    case SSL_ERROR_WANT_READ: /* retried when something was read */
        return false;
    default:
        close_by_tls(stream);
        return false;
    }
}

static void flush(void *context) {
    struct tw_stream *stream = context;
    bool waiting = tw_buffer_length(&stream->output) > 0;
    while (tw_buffer_length(&stream->output) > 0 && write_once(stream))
        ;
    if (stream->phase == CLOSED)
        return;
    if (tw_buffer_length(&stream->output) > stream->limits->output_max) {
        close_because(stream, TW_E_PEER, "the peer does not read");
        return;
    }
    throttle(stream);
    if (tw_buffer_length(&stream->output) > 0)
        return;
    tw_buffer_shrink(&stream->output);
    if (waiting && stream->events->on_flushed != NULL)
        stream->events->on_flushed(stream->context);
    if (stream->phase == ENDING)
        linger(stream);
}

struct tw_buffer *tw_stream_output(struct tw_stream *stream) {
    return can_send(stream) ? &stream->output : NULL;
}

void tw_stream_send(struct tw_stream *stream) {
    if (!can_send(stream))
        return;
    throttle(stream);
    tw_loop_defer(stream->loop, &stream->flush);
}

void tw_stream_end(struct tw_stream *stream, const struct tw_error *why) {
    if (!can_send(stream)) {
        if (stream->phase == CONNECTING || stream->phase == HANDSHAKE)
            tw_stream_close(stream, why);
        return;
    }
    remember_why(stream, why);
    move(stream, ENDING);
    event_del(&stream->read_event);
    tw_loop_undefer(stream->loop, &stream->deliver);
    tw_buffer_free(&stream->input);
    stream->active_us = stream->phase_us;
    watch_limits(stream);
    tw_loop_defer(stream->loop, &stream->flush);
}

/* --- input --------------------------------------------------------------------------------- */

enum reading { READ_MORE, READ_LATER, READ_ENDED, READ_FAILED };

static enum reading read_once(struct tw_stream *stream) {
    size_t room = stream->input.capacity - stream->input.end;
    if (room < READ_ROOM / 4) {
        if (!tw_buffer_reserve(&stream->input, READ_ROOM)) {
            close_because(stream, TW_E_NO_MEMORY, "out of memory");
            return READ_FAILED;
        }
        room = stream->input.capacity - stream->input.end;
    }
    size_t got = 0;
    ERR_clear_error();
    int result = SSL_read_ex(stream->session, stream->input.bytes + stream->input.end, room, &got);
    if (result == 1) {
        stream->input.end += got;
        stream->active_us = tw_loop_now_us(stream->loop);
        return got == room || SSL_has_pending(stream->session) == 1 ? READ_MORE : READ_LATER;
    }
    switch (SSL_get_error(stream->session, result)) {
    case SSL_ERROR_WANT_READ:
        return READ_LATER;
    case SSL_ERROR_WANT_WRITE:
        event_add(&stream->write_event, NULL);
        return READ_LATER;
    case SSL_ERROR_ZERO_RETURN:
        return READ_ENDED;
    default:
        close_by_tls(stream);
        return READ_FAILED;
    }
}

static void read_some(struct tw_stream *stream) {
    enum reading reading = READ_MORE;
    stream->more_input = false;
    for (int reads = 0; reads < READS_PER_TURN && reading == READ_MORE; reads++)
        reading = read_once(stream);
    if (reading == READ_FAILED)
        return;
    stream->more_input = reading == READ_MORE;
    if (reading == READ_ENDED) {
        stream->input_ended = true;
        event_del(&stream->read_event);
    }
    if (tw_buffer_length(&stream->output) > 0)
        tw_loop_defer(stream->loop, &stream->flush);
    tw_loop_defer(stream->loop, &stream->deliver);
}

static void too_long(struct tw_stream *stream) {
    event_del(&stream->read_event);
    stream->input_ended = false;
    tw_buffer_consume(&stream->input, tw_buffer_length(&stream->input));
    stream->events->on_too_long(stream->context);
}

/* Hands out the first line; false when there is no whole one. */
static bool deliver_line(struct tw_stream *stream) {
    char *start = tw_buffer_head(&stream->input);
    size_t length = tw_buffer_length(&stream->input);
    char *end = length > stream->scanned
                    ? memchr(start + stream->scanned, '\n', length - stream->scanned)
                    : NULL;
    size_t line = end != NULL ? (size_t)(end - start) : length;
    if (line > stream->limits->line_max + 1) { /* one more for a '\r' */
        too_long(stream);
        return false;
    }
    if (end == NULL) {
        stream->scanned = length;
        return false;
    }
    stream->scanned = 0;
    stream->line_began_us = 0;
    tw_buffer_consume(&stream->input, line + 1);
    if (line > 0 && start[line - 1] == '\r')
        line--;
    stream->events->on_line(stream->context, start, line);
    return true;
}

static void deliver(void *context) {
    struct tw_stream *stream = context;
    if (stream->more_input && !stream->input_ended && !stream->throttled)
        read_some(stream);
    while (stream->phase == OPEN && !stream->throttled && deliver_line(stream))
        ;
    if (stream->phase != OPEN || stream->throttled)
        return;
    bool unfinished = tw_buffer_length(&stream->input) > 0;
    if (unfinished && stream->line_began_us == 0)
        stream->line_began_us = stream->active_us;
    tw_buffer_shrink(&stream->input);
    watch_limits(stream);
    if (stream->input_ended) {
        move(stream, HALF_CLOSED);
        stream->line_began_us = 0;
        stream->events->on_end(stream->context, unfinished);
    } else if (stream->more_input) {
        tw_loop_defer(stream->loop, &stream->deliver);
    }
}

static void discard(struct tw_stream *stream) {
    char nowhere[4096];
    for (;;) {
        ssize_t got = recv(stream->fd, nowhere, sizeof nowhere, 0);
        if (got > 0) {
            stream->lingered += (size_t)got;
            if (stream->lingered <= LINGER_BYTES_MAX)
                continue;
        } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        tw_stream_close(stream, NULL);
        return;
    }
}

/* --- opening ------------------------------------------------------------------------------- */

static void shake_hands(struct tw_stream *stream) {
    ERR_clear_error();
    int result = SSL_do_handshake(stream->session);
    if (result == 1) {
        move(stream, OPEN);
        stream->active_us = stream->phase_us;
        watch_limits(stream);
        stream->events->on_open(stream->context);
        if (stream->phase == OPEN)
            read_some(stream);
        return;
    }
    switch (SSL_get_error(stream->session, result)) {
    case SSL_ERROR_WANT_READ:
        return;
    case SSL_ERROR_WANT_WRITE:
        event_add(&stream->write_event, NULL);
        return;
    default:
        close_by_tls(stream);
        return;
    }
}

static void on_connected(struct tw_stream *stream) {
    int reason = 0;
    socklen_t length = sizeof reason;
    if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &reason, &length) != 0)
        reason = errno;
    if (reason != 0) {
        close_because(stream, TW_E_IO, strerror(reason));
        return;
    }
    move(stream, HANDSHAKE);
    event_add(&stream->read_event, NULL);
    shake_hands(stream);
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct tw_stream *stream = context;
    switch (stream->phase) {
    case HANDSHAKE:
        shake_hands(stream);
        return;
    case OPEN:
        read_some(stream);
        return;
    case LINGERING:
        discard(stream);
        return;
    case CONNECTING:
    case HALF_CLOSED:
    case ENDING:
    case CLOSED:
    case PHASE_COUNT:
    default:
        return;
    }
}

static void on_writable(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct tw_stream *stream = context;
    switch (stream->phase) {
    case CONNECTING:
        on_connected(stream);
        return;
    case HANDSHAKE:
        shake_hands(stream);
        return;
    case OPEN:
    case HALF_CLOSED:
    case ENDING:
        tw_loop_defer(stream->loop, &stream->flush);
        return;
    case LINGERING:
    case CLOSED:
    case PHASE_COUNT:
    default:
        return;
    }
}

static struct tw_status make(const struct tw_stream_options *options, int fd, enum phase phase,
                             struct tw_stream **ret_stream, struct tw_error *ret_error) {
    struct tw_stream *stream = calloc(1, sizeof *stream);
    SSL *session = stream != NULL ? tw_tls_session(options->tls) : NULL;
    if (session == NULL || SSL_set_fd(session, fd) != 1) {
        SSL_free(session);
        free(stream);
        close(fd);
        return tw_fail(ret_error, TW_E_NO_MEMORY, "connection");
    }
    *stream = (struct tw_stream){
        .loop = options->loop,
        .limits = options->limits,
        .events = options->events,
        .context = options->context,
        .session = session,
        .fd = fd,
        .phase = phase,
        .timer = {.run = on_timer, .context = stream},
        .deliver = {.run = deliver, .context = stream},
        .flush = {.run = flush, .context = stream},
        .reap = {.run = reap, .context = stream},
        .active_us = tw_loop_now_us(options->loop),
    };
    struct event_base *base = tw_loop_base(options->loop);
    event_assign(&stream->read_event, base, fd, EV_READ | EV_PERSIST, on_readable, stream);
    event_assign(&stream->write_event, base, fd, EV_WRITE, on_writable, stream);
    event_add(phase == CONNECTING ? &stream->write_event : &stream->read_event, NULL);
    watch_limits(stream);
    *ret_stream = stream;
    return tw_success();
}

struct tw_status tw_stream_accept(const struct tw_stream_options *options, int fd,
                                  struct tw_stream **ret_stream, struct tw_error *ret_error) {
    return make(options, fd, HANDSHAKE, ret_stream, ret_error);
}

struct tw_status tw_stream_connect(const struct tw_stream_options *options,
                                   const struct tw_address *address, struct tw_stream **ret_stream,
                                   struct tw_error *ret_error) {
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return tw_fail(ret_error, TW_E_IO, "socket: %s", strerror(errno));
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&address->storage, address->length) != 0 &&
        errno != EINPROGRESS) {
        int reason = errno;
        close(fd);
        return tw_fail(ret_error, TW_E_IO, "connect: %s", strerror(reason));
    }
    return make(options, fd, CONNECTING, ret_stream, ret_error);
}

SSL *tw_stream_session(const struct tw_stream *stream) {
    return stream->session;
}
