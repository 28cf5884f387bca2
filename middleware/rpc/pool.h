/*
 * The calling side: a pool of connections to several equal servers (the bank servers of one bank,
 * the middlewares of a terminal). Requests are pipelined over few connections; load goes to the
 * server with the fewest calls in flight; health by echo; a connection that dies or falls silent
 * has its calls repeated at another server, which is safe because every method is repeatable by
 * txid. Every call ends exactly once: result, JSON-RPC error, or our own error at its deadline.
 *
 *   address: DOWN -> CONNECTING -> HANDSHAKE -> UP -> (SUSPECT) -> DOWN ...   back-off with jitter
 *   call:    QUEUED -> SENT -> ANSWERED | (server lost) QUEUED again | EXPIRED
 */
#ifndef TW_RPC_POOL_H
#define TW_RPC_POOL_H

#include <jansson.h>

#include "net/identity.h"
#include "net/loop.h"
#include "net/tls.h"

struct tw_pool;

struct tw_answer {
    struct tw_status status; /* TW_OK: result is set, or rpc_error is */
    json_t *result;          /* borrowed during the callback */
    json_t *rpc_error;       /* borrowed; the other side's {"code","message","data"} */
    const struct tw_error *error; /* when status failed: DEADLINE, UNAVAILABLE, BUSY */
};

typedef void (*tw_answer_fn)(void *context, const struct tw_answer *answer);

struct tw_pool_options {
    const char *const *addresses; /* host:port */
    size_t address_count;
    struct tw_tls *tls;
    enum tw_identity_kind expect_kind; /* of the server's certificate */
    int32_t expect_bank_code;          /* 0: any */
    size_t connections_per_address;
    size_t calls_max;                  /* queued and in flight; more: BUSY */
    int64_t connect_ms, silence_ms, echo_idle_ms; /* silence: SUSPECT after this without a byte */
    int64_t backoff_min_ms, backoff_max_ms;
    const char *echo_method;           /* "rpc.ping": answered by every tw_server itself */
};

extern const struct tw_pool_options tw_pool_options_default;

struct tw_status tw_pool_new(struct tw_loop *loop, const struct tw_pool_options *options,
                             struct tw_pool **ret_pool, struct tw_error *ret_error);
void tw_pool_free(struct tw_pool *pool); /* open calls end with SHUTTING_DOWN */

/* params is borrowed; deadline_ms in it is set to what is left less this hop's share. The callback
 * may come before the function returns (BUSY). */
void tw_pool_call(struct tw_pool *pool, const char *method, json_t *params, int64_t deadline_us,
                  tw_answer_fn callback, void *context);

/* Blocking form, for command-line tools: runs the loop until the answer. New references. */
struct tw_status tw_pool_call_wait(struct tw_pool *pool, struct tw_loop *loop, const char *method,
                                   json_t *params, int64_t deadline_us, json_t **ret_result,
                                   json_t **ret_rpc_error, struct tw_error *ret_error);

size_t tw_pool_up(const struct tw_pool *pool); /* addresses that are UP */

#endif
