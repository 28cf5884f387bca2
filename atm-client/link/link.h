/*
 * The real host link: the pool of connections to the middlewares (rpc/pool.h) behind the core's
 * interface. Several terminals may share one link only if they share a certificate, so normally
 * each has its own. The pool may be freed
 * before the link: that ends its calls.
 *
 * Who looks (on_message) sees every request and every answer as JSON in which PIN blocks, session
 * tokens, certificates and card numbers are replaced, so that it may be shown and kept.
 */
#ifndef ATM_LINK_LINK_H
#define ATM_LINK_LINK_H

#include "atm-client/core/host.h"
#include "core/clock.h"
#include "rpc/pool.h"

struct atm_message_seen {
    bool sent;          /* else received */
    const char *method; /* of the request */
    const char *text;   /* compact JSON, masked; of silence, the reason */
    int64_t took_us;    /* received: since it was sent */
};

struct atm_link {
    struct tw_pool *pool;
    const struct tw_clock *clock;
    void (*after)(void *context); /* after every answer, to set timers anew; may be NULL */
    void *context;
    /* Asked before each message: a simulated network is gone for so many milliseconds; 0: it is
     * not. May be NULL. */
    int64_t (*lost_ms)(void *context);
    void *lost_context;
    void (*on_message)(void *context, const struct atm_message_seen *seen); /* may be NULL */
    void *message_context;
};

struct atm_host atm_link_host(struct atm_link *link);

#endif
