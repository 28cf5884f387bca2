/*
 * The peer banks as a bank server's counterparts for calls: one pool of connections (rpc/pool) per
 * bank, kept to the set of banks and addresses that the directory names. Every bank server is a
 * peer of every other; this is its calling side. Nothing here knows what a message means.
 *
 * A call ends exactly once, like one of tw_pool, whose errors it has and two more: NO_ROUTE for a
 * bank that is not in the set, UNAVAILABLE for one without a usable address. answer->nothing_sent
 * says that certainly no byte of the request left this process: only then may the caller refuse
 * (91) without telling the peer to reverse.
 *
 *   before the deadline   the callback, with the answer
 *   at the deadline       the callback, with DEADLINE
 *   up to late_ms after   options.on_late, if an answer comes all the same: a late approval
 *   later                 counted and forgotten
 *
 * The peer proves by its certificate to be that very bank; another bank's is refused and logged
 * with the reason. A peer that is silent, lost or flooding has its own pool and its own limits, so
 * the others go on. A changed address list makes a new pool; the old one ends the calls it has.
 * Threading: on the loop. Nothing here is called back from within ib_peers_set.
 */
#ifndef IB_PEER_PEERS_H
#define IB_PEER_PEERS_H

#include "net/daemon.h"
#include "rpc/pool.h"

struct ib_peers;

struct ib_peer_address_list {
    int32_t bank_code;
    const char *const *addresses; /* host:port; names are resolved once, at ib_peers_set */
    size_t address_count;
};

struct ib_peers_options {
    size_t connections_per_address;
    size_t calls_max;            /* per peer, queued, in flight and listened for; more: BUSY */
    size_t calls_per_connection; /* in flight; more wait in the queue */
    int64_t connect_ms;
    int64_t silence_ms;     /* with calls waiting and nothing heard for so long: down */
    int64_t echo_idle_ms;   /* an idle connection is asked whether it lives */
    unsigned echo_misses;   /* unanswered echoes, all within silence_ms, that mean: down */
    int64_t unavailable_ms; /* how long a call may wait for any address to be up */
    int64_t hop_ms;         /* what this hop keeps of a caller's time */
    int64_t late_ms;
    int64_t backoff_min_ms, backoff_max_ms;
    /* All may be NULL. on_up: a bank that had no link up has one, at first or after an outage; it
     * comes at the end of the turn, when calls can be made. on_late: params are the call's own,
     * answer is borrowed. on_sent: a request's bytes have left this process; for crash points. */
    void (*on_up)(void *context, int32_t bank_code);
    void (*on_late)(void *context, int32_t bank_code, const char *method, const json_t *params,
                    const struct tw_answer *answer);
    void (*on_sent)(void *context, const char *method);
    void *context;
};

extern const struct ib_peers_options ib_peers_options_default;

/* tls is the client side's and outlives the peers. No bank is known yet. */
struct tw_status ib_peers_new(struct tw_loop *loop, struct tw_tls *tls, int32_t own_bank_code,
                              const struct ib_peers_options *options, struct ib_peers **ret_peers,
                              struct tw_error *ret_error);
/* Open calls end with SHUTTING_DOWN. Not from a callback. */
void ib_peers_free(struct ib_peers *peers);

/* The set of peer banks from now on; copied. Unchanged banks keep their connections; calls to
 * changed and removed ones end where they are. The own bank is skipped, and so is an address that
 * cannot be used (logged). Fails only without memory: then some banks are as they were. */
struct tw_status ib_peers_set(struct ib_peers *peers, const struct ib_peer_address_list *banks,
                              size_t count, struct tw_error *ret_error);

bool ib_peers_known(const struct ib_peers *peers, int32_t bank_code);
/* Addresses of the bank with a link that is up; 0 for an unknown one. */
size_t ib_peers_up(const struct ib_peers *peers, int32_t bank_code);

/* Like tw_pool_call, also in that the callback may come before the function returns. params is an
 * object of this call alone: it is kept until the call ends or nobody listens for it any more. */
void ib_peers_call(struct ib_peers *peers, int32_t bank_code, const char *method, json_t *params,
                   int64_t deadline_us, tw_answer_fn callback, void *context);

/* After a reload of the certificates: closes links whose peer's certificate is not valid any more.
 */
void ib_peers_recheck(struct ib_peers *peers);

struct ib_peer_counters {
    uint64_t calls;   /* for this bank */
    uint64_t sent;    /* requests written, repeats at another address included */
    uint64_t answers; /* in time */
    uint64_t late;    /* after the deadline, and answers nobody asked for */
    uint64_t expired; /* calls that ended at their deadline */
    uint64_t lost;    /* connections */
    uint64_t open;    /* calls queued, in flight or listened for, now */
};
/* Since the bank is known; zero for an unknown one. */
struct ib_peer_counters ib_peers_counters(const struct ib_peers *peers, int32_t bank_code);

/* tellerwire_peer_..., labelled peer="90000002". */
void ib_peers_collect(const struct ib_peers *peers, struct tw_metrics *metrics);

#endif
