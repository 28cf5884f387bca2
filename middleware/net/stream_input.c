/*
 * Bytes are read in the event's callback, a record at a time so that one peer cannot keep the
 * others waiting; lines are handed out at the end of the turn.
 */
#include <errno.h>
#include <openssl/err.h>
#include <string.h>

#include "net/stream_parts.h"

enum {
    READ_ROOM = 16384, /* a whole TLS record */
    LINGER_BYTES_MAX = 1048576,
};

enum reading { READ_MORE, READ_LATER, READ_ENDED, READ_FAILED };

/* By way of the stack: a request is small and a record may be large, so that reading into the
 * buffer itself would cost a large allocation for each request. */
static enum reading read_once(struct tw_stream *stream) {
    char bytes[READ_ROOM];
    size_t got = 0;
    ERR_clear_error();
    int result = SSL_read_ex(stream->session, bytes, sizeof bytes, &got);
    if (result == 1) {
        if (!tw_buffer_append(&stream->input, bytes, got)) {
            tw_stream_close_because(stream, TW_E_NO_MEMORY, "out of memory");
            return READ_FAILED;
        }
        stream->active_us = tw_loop_now_us(stream->loop);
        return SSL_has_pending(stream->session) == 1 ? READ_MORE : READ_LATER;
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
        tw_stream_close_by_tls(stream);
        return READ_FAILED;
    }
}

void tw_stream_read(struct tw_stream *stream) {
    enum reading reading = read_once(stream);
    stream->more_input = false;
    if (reading == READ_FAILED) {
        return;
    }
    stream->more_input = reading == READ_MORE;
    if (reading == READ_ENDED) {
        stream->input_ended = true;
        event_del(&stream->read_event);
    }
    if (tw_buffer_length(&stream->output) > 0) {
        tw_loop_defer(stream->loop, &stream->flush);
    }
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
    if (line > 0 && start[line - 1] == '\r') {
        line--;
    }
    stream->events->on_line(stream->context, start, line);
    return true;
}

void tw_stream_deliver(void *context) {
    struct tw_stream *stream = context;
    if (stream->more_input && !stream->input_ended && !stream->throttled) {
        tw_stream_read(stream);
    }
    while (stream->phase == TW_STREAM_OPEN && !stream->throttled && deliver_line(stream)) {
        ;
    }
    if (stream->phase != TW_STREAM_OPEN || stream->throttled) {
        return;
    }
    bool unfinished = tw_buffer_length(&stream->input) > 0;
    if (unfinished && stream->line_began_us == 0) {
        stream->line_began_us = stream->active_us;
    }
    tw_buffer_shrink(&stream->input);
    tw_stream_watch_limits(stream);
    if (stream->input_ended) {
        tw_stream_move(stream, TW_STREAM_HALF_CLOSED);
        stream->line_began_us = 0;
        stream->events->on_end(stream->context, unfinished);
    } else if (stream->more_input) {
        tw_loop_defer(stream->loop, &stream->deliver);
    }
}

void tw_stream_discard(struct tw_stream *stream) {
    char nowhere[4096];
    for (;;) {
        ssize_t got = recv(stream->fd, nowhere, sizeof nowhere, 0);
        if (got > 0) {
            stream->lingered += (size_t)got;
            if (stream->lingered <= LINGER_BYTES_MAX) {
                continue;
            }
        } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        tw_stream_close(stream, NULL);
        return;
    }
}
