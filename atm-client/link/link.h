/*
 * The real host link: the pool of connections to the middlewares (rpc/pool.h) behind the core's
 * interface. Several terminals may share one link only if they share a certificate, so normally
 * each has its own. The pool may be freed
 * before the link: that ends its calls.
 */
#ifndef ATM_LINK_LINK_H
#define ATM_LINK_LINK_H

#include "atm-client/core/host.h"
#include "rpc/pool.h"

struct atm_link {
    struct tw_pool *pool;
    void (*after)(void *context); /* after every answer, to set timers anew; may be NULL */
    void *context;
};

struct atm_host atm_link_host(struct atm_link *link);

#endif
