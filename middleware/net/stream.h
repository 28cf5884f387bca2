/*
 * Lines over TLS over one socket: handshake, framing, coalesced writes, back-pressure, half-close,
 * time limits. Both sides use it: for accepted sockets and for those it connects itself.
 *
 *   CONNECTING ----> HANDSHAKE ----> OPEN ----> HALF_CLOSED     the peer sends no more
 *   (client side)        |             |             |
 *                        |             +--> ENDING <-+          our last bytes go out
 *                        |                    |
 *                        |                LINGERING             said goodbye; input is thrown away
 *                        v                    v
 *   any ---------------> CLOSED               CLOSED            only marked
 *
 * Everything the owner hears comes by the functions in tw_stream_events. on_closed is the last of
 * them, exactly once, at the end of the turn; the stream's memory goes right after it. Until then
 * every call below is harmless on a closed stream.
 *
 * Output is gathered and leaves in one SSL_write at the end of the turn. While more than half of
 * output_max waits for a slow reader, nothing more is read from that peer; beyond output_max the
 * stream is closed.
 */
#ifndef TW_NET_STREAM_H
#define TW_NET_STREAM_H

#include "core/buffer.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/tls.h"

struct tw_stream;

struct tw_stream_events {
    /* Accepted sockets: the peer's first bytes are here, and answering them costs signatures.
     * False: not now; the stream waits without a time limit until tw_stream_shake. May be NULL. */
    bool (*on_hello)(void *context);
    /* The handshake is done; the peer's certificate is in tw_stream_session. */
    void (*on_open)(void *context);
    /* One line without its end; bytes[length] is not a terminator. Valid during the call. */
    void (*on_line)(void *context, const char *bytes, size_t length);
    /* A line is longer than line_max. Nothing more will be read; the owner ends the stream. */
    void (*on_too_long)(void *context);
    /* The peer sends no more; it may still read. unfinished: its last line had no end. */
    void (*on_end)(void *context, bool unfinished);
    /* All output was given to the kernel. May be NULL. */
    void (*on_flushed)(void *context);
    void (*on_closed)(void *context, const struct tw_error *why);
};

struct tw_stream_limits {
    size_t line_max;      /* bytes, without the line end */
    size_t output_max;    /* bytes */
    int64_t handshake_ms; /* connecting included */
    int64_t idle_ms;      /* no byte either way; 0: no limit */
    int64_t line_ms;      /* from a line's first byte to its end; 0: no limit */
};

struct tw_stream_options {
    struct tw_loop *loop;
    struct tw_tls *tls;
    const struct tw_stream_limits *limits; /* must outlive the stream */
    const struct tw_stream_events *events; /* must outlive the stream */
    void *context;
};

/* Takes fd over, whatever the outcome. */
struct tw_status tw_stream_accept(const struct tw_stream_options *options, int fd,
                                  struct tw_stream **ret_stream, struct tw_error *ret_error);
struct tw_status tw_stream_connect(const struct tw_stream_options *options,
                                   const struct tw_address *address, struct tw_stream **ret_stream,
                                   struct tw_error *ret_error);

/* After on_hello said no; closes at once when the peer has gone meanwhile. */
void tw_stream_shake(struct tw_stream *stream);

/* Where to append output (whole lines with their '\n'), then call tw_stream_send; NULL when the
 * stream takes no output any more. */
struct tw_buffer *tw_stream_output(struct tw_stream *stream);
void tw_stream_send(struct tw_stream *stream);

SSL *tw_stream_session(const struct tw_stream *stream);

/* Sends what is waiting, says goodbye, then closes. why is for on_closed; may be NULL. */
void tw_stream_end(struct tw_stream *stream, const struct tw_error *why);
/* Closes without sending. Idempotent. */
void tw_stream_close(struct tw_stream *stream, const struct tw_error *why);
/* For owners that go away: frees at once, without on_closed. Never from one of its own events. */
void tw_stream_free(struct tw_stream *stream);

#endif
