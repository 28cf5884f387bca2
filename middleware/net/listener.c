/*
 * accept4 until the queue is empty or the turn's share is used. The trick of keeping a spare
 * descriptor, to accept and slam the door, was rejected: clients in the backlog are served as soon
 * as a descriptor is free, and a pause costs nothing.
 */
#include "net/listener.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"

enum { ACCEPTS_PER_TURN = 64, PAUSE_US = 100000, BACKLOG = 4096 };

struct tw_listener {
    struct tw_loop *loop;
    int fd;
    struct event event;
    struct tw_timer resume;
    bool starved; /* said so in the log already */
    tw_accept_fn on_accept;
    void *context;
    int port;
};

static void resume(void *context) {
    struct tw_listener *listener = context;
    event_add(&listener->event, NULL);
}

static void pause_accepting(struct tw_listener *listener, int reason) {
    event_del(&listener->event);
    tw_loop_timer_set(listener->loop, &listener->resume, tw_loop_now_us(listener->loop) + PAUSE_US);
    if (!listener->starved) {
        tw_log(TW_LOG_WARN, "cannot accept connections, pausing", TW_INT("port", listener->port),
               TW_STR("reason", strerror(reason)));
    }
    listener->starved = true;
}

static bool is_passing(int error) {
    switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM: /* a firewall rule */
        return true;
    default:
        return false;
    }
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
    (void)what;
    struct tw_listener *listener = context;
    for (int accepted = 0; accepted < ACCEPTS_PER_TURN; accepted++) {
        struct tw_address peer = {.length = sizeof peer.storage};
        int connection = accept4(fd, (struct sockaddr *)&peer.storage, &peer.length,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (connection >= 0) {
            const int on = 1;
            setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            listener->starved = false;
            listener->on_accept(listener->context, connection, &peer);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (!is_passing(errno)) {
            pause_accepting(listener, errno);
            return;
        }
    }
}

static struct tw_status open_socket(struct tw_listener *listener, const char *text,
                                    struct tw_error *ret_error) {
    struct tw_address address;
    struct tw_status status = tw_address_parse(text, &address, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    listener->fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd < 0) {
        return tw_fail(ret_error, TW_E_IO, "socket: %s", strerror(errno));
    }
    const int on = 1;
    setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener->fd, (const struct sockaddr *)&address.storage, address.length) != 0 ||
        listen(listener->fd, BACKLOG) != 0) {
        return tw_fail(ret_error, TW_E_IO, "cannot listen on %s: %s", text, strerror(errno));
    }
    struct tw_address bound = {.length = sizeof bound.storage};
    if (getsockname(listener->fd, (struct sockaddr *)&bound.storage, &bound.length) != 0) {
        return tw_fail(ret_error, TW_E_IO, "getsockname: %s", strerror(errno));
    }
    listener->port = tw_address_port(&bound);
    return tw_success();
}

struct tw_status tw_listener_new(struct tw_loop *loop, const char *address, tw_accept_fn on_accept,
                                 void *context, struct tw_listener **ret_listener,
                                 struct tw_error *ret_error) {
    struct tw_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        return tw_fail(ret_error, TW_E_NO_MEMORY, "listener");
    }
    listener->loop = loop;
    listener->fd = -1;
    listener->on_accept = on_accept;
    listener->context = context;
    listener->resume = (struct tw_timer){.run = resume, .context = listener};
    struct tw_status status = open_socket(listener, address, ret_error);
    if (!tw_ok(status)) {
        tw_listener_free(listener);
        return status;
    }
    event_assign(&listener->event, tw_loop_base(loop), listener->fd, EV_READ | EV_PERSIST,
                 on_readable, listener);
    *ret_listener = listener;
    return tw_success();
}

void tw_listener_start(struct tw_listener *listener) {
    event_add(&listener->event, NULL);
}

void tw_listener_free(struct tw_listener *listener) {
    if (listener == NULL) {
        return;
    }
    tw_loop_timer_clear(listener->loop, &listener->resume);
    if (event_initialized(&listener->event)) {
        event_del(&listener->event);
    }
    if (listener->fd >= 0) {
        close(listener->fd);
    }
    free(listener);
}

int tw_listener_port(const struct tw_listener *listener) {
    return listener->port;
}
