/*
 * Private to stream.c, stream_input.c and stream_output.c: the stream itself, and what they call of
 * each other. stream.c owns phases, time limits, opening and closing; the other two move bytes.
 */
#ifndef TW_NET_STREAM_PARTS_H
#define TW_NET_STREAM_PARTS_H

#include <event2/event_struct.h>

#include "net/stream.h"

enum tw_stream_phase {
    TW_STREAM_CONNECTING,
    TW_STREAM_HANDSHAKE,
    TW_STREAM_OPEN,
    TW_STREAM_HALF_CLOSED,
    TW_STREAM_ENDING,
    TW_STREAM_LINGERING,
    TW_STREAM_CLOSED,
    TW_STREAM_PHASE_COUNT,
};

struct tw_stream {
    struct tw_loop *loop;
    const struct tw_stream_limits *limits;
    const struct tw_stream_events *events;
    void *context;
    SSL *session;
    int fd;
    enum tw_stream_phase phase;
    bool greeted;     /* HANDSHAKE: on_hello was asked, or need not be */
    bool held;        /* it said no */
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

/* stream.c */
void tw_stream_move(struct tw_stream *stream, enum tw_stream_phase phase);
bool tw_stream_can_send(const struct tw_stream *stream);
void tw_stream_close_because(struct tw_stream *stream, enum tw_code code, const char *reason);
void tw_stream_close_by_tls(struct tw_stream *stream); /* why: OpenSSL's */
void tw_stream_watch_limits(struct tw_stream *stream); /* after a limit moved closer */

/* stream_input.c */
void tw_stream_read(struct tw_stream *stream);
void tw_stream_discard(struct tw_stream *stream); /* LINGERING */
void tw_stream_deliver(void *stream);             /* the task */

/* stream_output.c */
void tw_stream_flush(void *stream); /* the task */

#endif
