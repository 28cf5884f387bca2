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
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/stream_parts.h"

static const int64_t linger_us = 3000000;

#define TO(phase) (1u << (phase))

/* From each phase, the phases that may follow. */
static const unsigned allowed[TW_STREAM_PHASE_COUNT] = {
    [TW_STREAM_CONNECTING] = TO(TW_STREAM_HANDSHAKE) | TO(TW_STREAM_CLOSED),
    [TW_STREAM_HANDSHAKE] = TO(TW_STREAM_OPEN) | TO(TW_STREAM_CLOSED),
    [TW_STREAM_OPEN] = TO(TW_STREAM_HALF_CLOSED) | TO(TW_STREAM_ENDING) | TO(TW_STREAM_CLOSED),
    [TW_STREAM_HALF_CLOSED] = TO(TW_STREAM_ENDING) | TO(TW_STREAM_CLOSED),
    [TW_STREAM_ENDING] = TO(TW_STREAM_LINGERING) | TO(TW_STREAM_CLOSED),
    [TW_STREAM_LINGERING] = TO(TW_STREAM_CLOSED),
};

void tw_stream_move(struct tw_stream *stream, enum tw_stream_phase phase) {
    tw_assert(stream->phase < TW_STREAM_PHASE_COUNT && (allowed[stream->phase] & TO(phase)) != 0);
    stream->phase = phase;
    stream->phase_us = tw_loop_now_us(stream->loop);
}

bool tw_stream_can_send(const struct tw_stream *stream) {
    return stream->phase == TW_STREAM_OPEN || stream->phase == TW_STREAM_HALF_CLOSED;
}

static void remember_why(struct tw_stream *stream, const struct tw_error *why) {
    if (why != NULL && stream->why.code == TW_E_NONE) {
        stream->why = *why;
    }
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
    if (stream->phase == TW_STREAM_CLOSED) {
        return;
    }
    remember_why(stream, why);
    tw_stream_move(stream, TW_STREAM_CLOSED);
    stop_events(stream);
    tw_loop_defer(stream->loop, &stream->reap);
}

void tw_stream_free(struct tw_stream *stream) {
    if (stream == NULL) {
        return;
    }
    stop_events(stream);
    tw_loop_undefer(stream->loop, &stream->reap);
    if (tw_stream_can_send(stream)) {
        ERR_clear_error();
        (void)SSL_shutdown(stream->session);
    }
    release(stream);
}

void tw_stream_close_because(struct tw_stream *stream, enum tw_code code, const char *reason) {
    struct tw_error error = {.code = code};
    snprintf(error.detail, sizeof error.detail, "%s", reason);
    tw_stream_close(stream, &error);
}

void tw_stream_close_by_tls(struct tw_stream *stream) {
    struct tw_error error = {0};
    tw_tls_explain(stream->session, &error);
    tw_stream_close(stream, &error);
}

void tw_stream_end(struct tw_stream *stream, const struct tw_error *why) {
    if (!tw_stream_can_send(stream)) {
        if (stream->phase == TW_STREAM_CONNECTING || stream->phase == TW_STREAM_HANDSHAKE) {
            tw_stream_close(stream, why);
        }
        return;
    }
    remember_why(stream, why);
    tw_stream_move(stream, TW_STREAM_ENDING);
    event_del(&stream->read_event);
    tw_loop_undefer(stream->loop, &stream->deliver);
    tw_buffer_free(&stream->input);
    stream->active_us = stream->phase_us;
    tw_stream_watch_limits(stream);
    tw_loop_defer(stream->loop, &stream->flush);
}

/* --- time limits --------------------------------------------------------------------------- */

/* When the stream would be closed if nothing happened from now on; INT64_MAX: never. */
static int64_t limit_us(const struct tw_stream *stream) {
    const struct tw_stream_limits *limits = stream->limits;
    switch (stream->phase) {
    case TW_STREAM_CONNECTING:
    case TW_STREAM_HANDSHAKE:
        return stream->held ? INT64_MAX : stream->active_us + limits->handshake_ms * 1000;
    case TW_STREAM_ENDING:
    case TW_STREAM_LINGERING:
        return stream->active_us + linger_us;
    case TW_STREAM_OPEN:
    case TW_STREAM_HALF_CLOSED:
        break;
    case TW_STREAM_CLOSED:
    case TW_STREAM_PHASE_COUNT:
    default:
        return INT64_MAX;
    }
    int64_t due_us = limits->idle_ms > 0 ? stream->active_us + limits->idle_ms * 1000 : INT64_MAX;
    if (limits->line_ms > 0 && stream->line_began_us != 0 &&
        stream->line_began_us + limits->line_ms * 1000 < due_us) {
        due_us = stream->line_began_us + limits->line_ms * 1000;
    }
    return due_us;
}

/* Limits only ever move away while the timer runs, except at these calls. */
void tw_stream_watch_limits(struct tw_stream *stream) {
    int64_t due_us = limit_us(stream);
    if (due_us == INT64_MAX || (stream->timer.set && stream->timer.due_us <= due_us)) {
        return;
    }
    tw_loop_timer_set(stream->loop, &stream->timer, due_us);
}

static void on_timer(void *context) {
    struct tw_stream *stream = context;
    if (tw_loop_now_us(stream->loop) < limit_us(stream)) {
        tw_stream_watch_limits(stream);
        return;
    }
    switch (stream->phase) {
    case TW_STREAM_CONNECTING:
        tw_stream_close_because(stream, TW_E_IO, "connecting took too long");
        return;
    case TW_STREAM_HANDSHAKE:
        tw_stream_close_because(stream, TW_E_PEER, "the TLS handshake took too long");
        return;
    case TW_STREAM_OPEN:
    case TW_STREAM_HALF_CLOSED:
        if (stream->line_began_us != 0) {
            tw_stream_close_because(stream, TW_E_PEER, "a line took too long");
        } else if (tw_buffer_length(&stream->output) > 0) {
            tw_stream_close_because(stream, TW_E_PEER, "the peer does not read");
        } else {
            tw_stream_end(stream, &(struct tw_error){.code = TW_E_IO, .detail = "idle"});
        }
        return;
    case TW_STREAM_ENDING:
    case TW_STREAM_LINGERING:
        tw_stream_close(stream, NULL);
        return;
    case TW_STREAM_CLOSED:
    case TW_STREAM_PHASE_COUNT:
    default:
        return;
    }
}

/* --- opening ------------------------------------------------------------------------------- */

static void shake_hands(struct tw_stream *stream) {
    ERR_clear_error();
    int result = SSL_do_handshake(stream->session);
    if (result == 1) {
        tw_stream_move(stream, TW_STREAM_OPEN);
        stream->active_us = stream->phase_us;
        tw_stream_watch_limits(stream);
        stream->events->on_open(stream->context);
        if (stream->phase == TW_STREAM_OPEN) {
            tw_stream_read(stream);
        }
        return;
    }
    switch (SSL_get_error(stream->session, result)) {
    case SSL_ERROR_WANT_READ:
        return;
    case SSL_ERROR_WANT_WRITE:
        event_add(&stream->write_event, NULL);
        return;
    default:
        tw_stream_close_by_tls(stream);
        return;
    }
}

/* False when the owner lets the peer wait. */
static bool greet(struct tw_stream *stream) {
    if (!stream->greeted) {
        stream->greeted = true;
        stream->held = !stream->events->on_hello(stream->context);
        if (stream->held) {
            event_del(&stream->read_event);
        }
    }
    return !stream->held;
}

void tw_stream_shake(struct tw_stream *stream) {
    struct pollfd peer = {.fd = stream->fd, .events = POLLRDHUP};
    if (stream->phase != TW_STREAM_HANDSHAKE || !stream->held) {
        return;
    }
    stream->held = false;
    if (poll(&peer, 1, 0) > 0 && (peer.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) {
        tw_stream_close_because(stream, TW_E_IO, "the peer did not wait");
        return;
    }
    stream->active_us = tw_loop_now_us(stream->loop);
    event_add(&stream->read_event, NULL);
    tw_stream_watch_limits(stream);
    shake_hands(stream);
}

static void on_connected(struct tw_stream *stream) {
    int reason = 0;
    socklen_t length = sizeof reason;
    if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &reason, &length) != 0) {
        reason = errno;
    }
    if (reason != 0) {
        tw_stream_close_because(stream, TW_E_IO, strerror(reason));
        return;
    }
    tw_stream_move(stream, TW_STREAM_HANDSHAKE);
    event_add(&stream->read_event, NULL);
    shake_hands(stream);
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct tw_stream *stream = context;
    switch (stream->phase) {
    case TW_STREAM_HANDSHAKE:
        if (greet(stream)) {
            shake_hands(stream);
        }
        return;
    case TW_STREAM_OPEN:
        tw_loop_took_input(stream->loop);
        tw_stream_read(stream);
        return;
    case TW_STREAM_LINGERING:
        tw_stream_discard(stream);
        return;
    case TW_STREAM_CONNECTING:
    case TW_STREAM_HALF_CLOSED:
    case TW_STREAM_ENDING:
    case TW_STREAM_CLOSED:
    case TW_STREAM_PHASE_COUNT:
    default:
        return;
    }
}

static void on_writable(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct tw_stream *stream = context;
    switch (stream->phase) {
    case TW_STREAM_CONNECTING:
        on_connected(stream);
        return;
    case TW_STREAM_HANDSHAKE:
        shake_hands(stream);
        return;
    case TW_STREAM_OPEN:
    case TW_STREAM_HALF_CLOSED:
    case TW_STREAM_ENDING:
        tw_loop_defer(stream->loop, &stream->flush);
        return;
    case TW_STREAM_LINGERING:
    case TW_STREAM_CLOSED:
    case TW_STREAM_PHASE_COUNT:
    default:
        return;
    }
}

static struct tw_status make(const struct tw_stream_options *options, int fd,
                             enum tw_stream_phase phase, struct tw_stream **ret_stream,
                             struct tw_error *ret_error) {
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
        .greeted = phase == TW_STREAM_CONNECTING || options->events->on_hello == NULL,
        .timer = {.run = on_timer, .context = stream},
        .deliver = {.run = tw_stream_deliver, .context = stream},
        .flush = {.run = tw_stream_flush, .context = stream},
        .reap = {.run = reap, .context = stream},
        .active_us = tw_loop_now_us(options->loop),
    };
    struct event_base *base = tw_loop_base(options->loop);
    event_assign(&stream->read_event, base, fd, EV_READ | EV_PERSIST, on_readable, stream);
    event_assign(&stream->write_event, base, fd, EV_WRITE, on_writable, stream);
    event_add(phase == TW_STREAM_CONNECTING ? &stream->write_event : &stream->read_event, NULL);
    tw_stream_watch_limits(stream);
    *ret_stream = stream;
    return tw_success();
}

struct tw_status tw_stream_accept(const struct tw_stream_options *options, int fd,
                                  struct tw_stream **ret_stream, struct tw_error *ret_error) {
    return make(options, fd, TW_STREAM_HANDSHAKE, ret_stream, ret_error);
}

struct tw_status tw_stream_connect(const struct tw_stream_options *options,
                                   const struct tw_address *address, struct tw_stream **ret_stream,
                                   struct tw_error *ret_error) {
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return tw_fail(ret_error, TW_E_IO, "socket: %s", strerror(errno));
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&address->storage, address->length) != 0 &&
        errno != EINPROGRESS) {
        int reason = errno;
        close(fd);
        return tw_fail(ret_error, TW_E_IO, "connect: %s", strerror(reason));
    }
    return make(options, fd, TW_STREAM_CONNECTING, ret_stream, ret_error);
}

SSL *tw_stream_session(const struct tw_stream *stream) {
    return stream->session;
}
