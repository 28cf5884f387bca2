/*
 * Private to pool.c and link.c: pool.c owns the calls, their queue and their ends; link.c one
 * connection each and its health.
 */
#ifndef TW_RPC_POOL_PARTS_H
#define TW_RPC_POOL_PARTS_H

#include "net/stream.h"
#include "rpc/pool.h"
#include "wire/envelope.h"

enum tw_link_phase {
    TW_LINK_DOWN,
    TW_LINK_CONNECTING,
    TW_LINK_PROBING,
    TW_LINK_UP,
    TW_LINK_SUSPECT,
    TW_LINK_LEAVING,
    TW_LINK_PHASE_COUNT,
};

enum tw_call_phase { TW_CALL_FREE, TW_CALL_QUEUED, TW_CALL_SENT };

/* Who hears of a call's end: one of the two functions. */
struct tw_receiver {
    tw_answer_fn callback;
    tw_relayed_fn relayed;
    void *context;
};

struct tw_call {
    enum tw_call_phase phase;
    uint32_t generation; /* grows with every sending, so that an earlier one's answer is known */
    struct tw_call *next, *previous;
    struct tw_pool *pool;
    struct tw_link *link;  /* SENT: where */
    struct tw_buffer text; /* of the params, without deadline_ms */
    json_t *params;        /* for on_late; NULL when relayed */
    int64_t deadline_us;
    struct tw_timer deadline;
    struct tw_receiver receiver;
    unsigned sends;
    bool flushed;  /* its bytes have left */
    bool given_up; /* its callback was told DEADLINE; only on_late hears of it now */
    char method[TW_METHOD_NAME_MAX + 1];
};

struct tw_call_list {
    struct tw_call *first, *last;
};

struct tw_link {
    struct tw_pool *pool;
    size_t address; /* index */
    enum tw_link_phase phase;
    int64_t phase_us;          /* since when */
    struct tw_stream *stream;  /* NULL when DOWN */
    struct tw_call_list calls; /* SENT, oldest first */
    size_t in_flight;
    unsigned echoes; /* sent and unanswered, with the same id */
    int64_t echo_id;
    int64_t heard_us;    /* last line */
    int64_t silent_us;   /* since when something is waited for without a line */
    unsigned failures;   /* in a row, for the back-off */
    enum tw_code logged; /* of the last failure: another one is worth a line */
    bool unasked_logged; /* one line per connection about answers that belong to no call */
    struct tw_timer timer;
};

struct tw_pool {
    struct tw_loop *loop;
    struct tw_pool_options options;
    struct tw_stream_limits stream_limits;
    struct tw_address *addresses;
    struct tw_link *links; /* address_count * connections_per_address */
    size_t link_count;
    size_t next_link;      /* where the search for the least loaded begins */
    struct tw_call *calls; /* calls_max */
    struct tw_call *free_calls;
    struct tw_call_list queue;
    struct tw_timer unavailable_timer;
    bool is_up;       /* a link is UP */
    bool unavailable; /* no link was UP for unavailable_ms */
    bool closing;
    int64_t cut_until_us; /* no connection is made before */
    uint32_t echo_count;
    struct tw_pool_counters counters;
};

/* link.c */
void tw_link_start(struct tw_link *link);
void tw_link_free(struct tw_link *link);
bool tw_link_takes_calls(const struct tw_link *link);
/* Writes a call; false when the link cannot take it (it is being closed then). */
bool tw_link_send(struct tw_link *link, int64_t id, const struct tw_call *call, int64_t left_ms);
/* One more call is in flight: from now on silence counts. */
void tw_link_call_added(struct tw_link *link);
/* Closed now if it is open; tried again when the pool is not cut any more. */
void tw_link_cut(struct tw_link *link);
void tw_link_recheck(struct tw_link *link);
void tw_link_leaving(struct tw_link *link);

/* pool.c */
/* Something became able to take calls. */
void tw_pool_dispatch(struct tw_pool *pool);
/* Takes the link's calls back into the queue. */
void tw_pool_requeue(struct tw_link *link);
void tw_pool_answered(struct tw_link *link, int64_t id, json_t *result, json_t *rpc_error);
/* The call with this id if its answer may stay text; NULL: the answer must be parsed. */
struct tw_call *tw_pool_relaying(const struct tw_link *link, int64_t id);
void tw_pool_relayed(struct tw_call *call, struct tw_text result);
void tw_pool_flushed(struct tw_link *link);
/* The number of links that are UP changed. */
void tw_pool_watch_availability(struct tw_pool *pool);
int64_t tw_pool_echo_id(struct tw_pool *pool); /* never that of a call */

#endif
