/*
 * The calling side: a pool of connections to several equal servers (the bank servers of one bank,
 * the middlewares of a terminal). Requests are pipelined over few connections; load goes to the
 * connection with the fewest calls in flight; health by echo; a connection that dies or falls
 * silent has its calls repeated at another server, which is safe because every method is repeatable
 * by txid. Every call ends exactly once: result, JSON-RPC error, or our own error.
 *
 *   link:  DOWN -> CONNECTING -> PROBING -> UP <-> SUSPECT        one connection to one address
 *                                            |
 *                                            +-> LEAVING          the server said it shuts down
 *          any -> DOWN                       lost; tried again after a back-off with jitter
 *   call:  QUEUED -> SENT -> ended by its answer or its deadline
 *            ^---------+   server lost, silent or leaving: sent again elsewhere, a few times
 *
 * A link is UP when its first echo was answered: TCP connects to a stopped server, and a TLS 1.3
 * client finishes its handshake before the server has judged it. While calls wait and nothing is
 * heard for half of silence_ms an echo is sent, and again until echo_misses are out; after all of
 * silence_ms every link to that address is SUSPECT. A slow server that answers echoes is not
 * silent.
 *
 * Errors of our own: BUSY (calls_max), DEADLINE, UNAVAILABLE (no link was UP for unavailable_ms, or
 * too many servers were lost under this call), SHUTTING_DOWN. Only answer->nothing_sent means that
 * nothing happened: the call was never given to a connection. Else callers repeat by txid or
 * reverse.
 */
#ifndef TW_RPC_POOL_H
#define TW_RPC_POOL_H

#include <jansson.h>

#include "core/buffer.h"
#include "net/identity.h"
#include "net/loop.h"
#include "net/tls.h"
#include "wire/json.h"

struct tw_pool;

struct tw_answer {
    struct tw_status status;      /* ok: result is set, or rpc_error is */
    json_t *result;               /* borrowed during the callback */
    json_t *rpc_error;            /* borrowed; the other side's {"code","message","data"} */
    const struct tw_error *error; /* when status failed: DEADLINE, UNAVAILABLE, BUSY */
    bool nothing_sent;            /* status failed, and no server can have seen the request */
};

typedef void (*tw_answer_fn)(void *context, const struct tw_answer *answer);

/* The same as text, for whoever passes it on. */
struct tw_relayed {
    struct tw_status status; /* ok: content is set */
    bool is_error;           /* content is the other side's error, else its result */
    struct tw_text content;  /* borrowed during the callback */
    const struct tw_error *error;
};

typedef void (*tw_relayed_fn)(void *context, const struct tw_relayed *relayed);

struct tw_pool_options {
    const char *const *addresses; /* host:port */
    size_t address_count;
    struct tw_tls *tls;
    enum tw_identity_kind expect_kind; /* of the server's certificate */
    int32_t expect_bank_code;          /* 0: any */
    size_t connections_per_address;
    size_t calls_max;            /* queued and in flight; more: BUSY */
    size_t calls_per_connection; /* in flight; more wait in the queue */
    size_t line_max;             /* bytes of one answer */
    int64_t connect_ms, silence_ms, echo_idle_ms;
    unsigned echo_misses;   /* echoes, spread over silence_ms, that must stay unanswered */
    int64_t unavailable_ms; /* how long a call may wait for any server to be UP */
    int64_t hop_ms;         /* what this hop keeps of a caller's time */
    /* A call goes on listening this long after its deadline, which is what the server was told.
     * Without on_late its callback comes only then: for callers that give up by a clock of their
     * own. With on_late the callback says DEADLINE in time, and an answer that comes late is told
     * there; a server that is lost meanwhile is not asked again. */
    int64_t late_ms;
    void (*on_late)(void *context, const char *method, const json_t *params,
                    const struct tw_answer *answer);
    /* A link is UP and none was before, at first or after an outage. Only for taking note: pool
     * functions may not be called from it. */
    void (*on_up)(void *context);
    void *context; /* of on_late and on_up */
    int64_t backoff_min_ms, backoff_max_ms;
    const char *echo_method; /* "rpc.ping": answered by every tw_server itself */
    /* A request's bytes have left this process; for crash points. May be NULL. */
    void (*on_sent)(void *context, const char *method);
    void *sent_context;
};

extern const struct tw_pool_options tw_pool_options_default;

struct tw_status tw_pool_new(struct tw_loop *loop, const struct tw_pool_options *options,
                             struct tw_pool **ret_pool, struct tw_error *ret_error);
/* Open calls end with SHUTTING_DOWN. Not from a callback of this pool. */
void tw_pool_free(struct tw_pool *pool);

/* params is an object, kept until the call ends; it loses its deadline_ms: what is sent is what is
 * left less this hop's share. The callback may come before the function returns (BUSY, DEADLINE,
 * UNAVAILABLE). */
void tw_pool_call(struct tw_pool *pool, const char *method, json_t *params, int64_t deadline_us,
                  tw_answer_fn callback, void *context);

/* The same with params that are text already: an object's, without deadline_ms; taken over, the
 * buffer is empty then. A result that is plainly one (wire/relay.h) is passed on unparsed. Not for
 * pools with on_late, which hears of params. */
void tw_pool_relay(struct tw_pool *pool, const char *method, struct tw_buffer *params,
                   int64_t deadline_us, tw_relayed_fn callback, void *context);

/* Blocking form, for command-line tools: runs the loop until the answer. New references. */
struct tw_status tw_pool_call_wait(struct tw_pool *pool, struct tw_loop *loop, const char *method,
                                   json_t *params, int64_t deadline_us, json_t **ret_result,
                                   json_t **ret_rpc_error, struct tw_error *ret_error);

size_t tw_pool_up(const struct tw_pool *pool); /* addresses with a link that is UP */

/* Closes every connection and makes none for `ms`: the network is gone. Open calls wait or end as
 * they do then. For tests and simulated faults. */
void tw_pool_cut(struct tw_pool *pool, int64_t ms);

/* After a reload: closes links whose server's certificate is not valid any more. */
void tw_pool_recheck_peers(struct tw_pool *pool);

struct tw_pool_counters {
    uint64_t calls, sent, resent, answers, expired, late_answers, links_up, links_lost, open;
};
struct tw_pool_counters tw_pool_counters(const struct tw_pool *pool);

#endif
