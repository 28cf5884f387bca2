/*
 * Output gathers in one buffer and leaves at the end of the turn, a TLS record of up to 16 KiB per
 * write. What the kernel does not take waits for its write event; what grows beyond the limits
 * first stops our reading and then ends the stream.
 */
#include <openssl/err.h>

#include "net/stream_parts.h"

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
    tw_stream_move(stream, TW_STREAM_LINGERING);
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
        if (!stream->input_ended && tw_stream_can_send(stream)) {
            event_add(&stream->read_event, NULL);
        }
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
        tw_stream_close_by_tls(stream);
        return false;
    }
}

void tw_stream_flush(void *context) {
    struct tw_stream *stream = context;
    bool waiting = tw_buffer_length(&stream->output) > 0;
    while (tw_buffer_length(&stream->output) > 0 && write_once(stream)) {
        ;
    }
    if (stream->phase == TW_STREAM_CLOSED) {
        return;
    }
    if (tw_buffer_length(&stream->output) > stream->limits->output_max) {
        tw_stream_close_because(stream, TW_E_PEER, "the peer does not read");
        return;
    }
    throttle(stream);
    if (tw_buffer_length(&stream->output) > 0) {
        return;
    }
    tw_buffer_shrink(&stream->output);
    if (waiting && stream->events->on_flushed != NULL) {
        stream->events->on_flushed(stream->context);
    }
    if (stream->phase == TW_STREAM_ENDING) {
        linger(stream);
    }
}

struct tw_buffer *tw_stream_output(struct tw_stream *stream) {
    return tw_stream_can_send(stream) ? &stream->output : NULL;
}

void tw_stream_send(struct tw_stream *stream) {
    if (!tw_stream_can_send(stream)) {
        return;
    }
    throttle(stream);
    tw_loop_defer(stream->loop, &stream->flush);
}
