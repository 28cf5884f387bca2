/*
 * The switch between terminals and their acquirers. For each request: is the terminal the one in
 * its certificate, which bank acquires for it, and then any server of that bank. Methods and
 * parameters pass untouched, so a new operation needs no change here; the router only sets
 * params.acquirer (from the certificate), params.deadline_ms (what is left) and params.traceparent.
 *
 *   request: CHECKED -> FORWARDED -> ANSWERED   the bank's result or error, under the client's id
 *            CHECKED -> REFUSED                 IDENTITY, INVALID_PARAMS, NO_ROUTE
 *            FORWARDED -> FAILED                UNAVAILABLE, DEADLINE, BUSY: no bank server
 * answered
 *
 * Keeps nothing: whoever asks again, here or at another middleware, gets the stored answer.
 */
#ifndef TW_DAEMON_ROUTER_H
#define TW_DAEMON_ROUTER_H

#include "core/config.h"
#include "net/daemon.h"
#include "rpc/pool.h"
#include "rpc/server.h"

#define TW_ROUTER_SERVERS_MAX TW_CONFIG_LIST_MAX /* of one bank */

struct tw_router;

struct tw_router_options {
    struct tw_server_options server; /* on_request and context are the router's */
    struct tw_pool_options pool;     /* for each bank; addresses and bank code are the router's */
    const char *const *banks;        /* "90000001 127.0.0.1:7101", one per bank server */
    size_t bank_count;
};

struct tw_status tw_router_new(struct tw_loop *loop, const struct tw_router_options *options,
                               struct tw_router **ret_router, struct tw_error *ret_error);
/* Not from within a turn's callbacks: stop the loop first. */
void tw_router_free(struct tw_router *router);

/* Checks "90000001 host:port"; for --check-config too. */
struct tw_status tw_router_parse_bank(const char *text, int32_t *ret_bank_code,
                                      const char **ret_address, struct tw_error *ret_error);

void tw_router_recheck_peers(struct tw_router *router); /* after a reload */
void tw_router_drain(struct tw_router *router, void (*done)(void *context), void *context);
bool tw_router_is_ready(const struct tw_router *router); /* some bank can be reached */
void tw_router_collect(const struct tw_router *router, struct tw_metrics *metrics);

#endif
