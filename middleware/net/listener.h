/*
 * A listening socket. Callers queue up from the beginning; from tw_listener_start on they are
 * accepted, a bounded number per turn. When descriptors or memory run out it pauses for a moment
 * instead of spinning on a socket that stays readable. The owner of an accepted descriptor is the
 * callback. Freed synchronously, not from its own callback.
 */
#ifndef TW_NET_LISTENER_H
#define TW_NET_LISTENER_H

#include "net/address.h"
#include "net/loop.h"

struct tw_listener;

typedef void (*tw_accept_fn)(void *context, int fd, const struct tw_address *peer);

struct tw_status tw_listener_new(struct tw_loop *loop, const char *address, tw_accept_fn on_accept,
                                 void *context, struct tw_listener **ret_listener,
                                 struct tw_error *ret_error);
void tw_listener_start(struct tw_listener *listener);
void tw_listener_free(struct tw_listener *listener);
int tw_listener_port(const struct tw_listener *listener);

#endif
