/*
 * Private to relay.c (links, listening, cutting), pair.c (two connections and their calls) and
 * traffic.c (messages and what rules do to them).
 */
#ifndef RL_RELAY_PARTS_H
#define RL_RELAY_PARTS_H

#include "net/listener.h"
#include "net/stream.h"
#include "relay/message.h"
#include "relay/relay.h"
#include "relay/trace.h"

/* A request that passed and whose answers are due. */
struct rl_call {
    struct rl_call *next;
    char *id; /* as JSON text */
    int64_t number;
    char method[TW_METHOD_NAME_MAX + 1];
    char txid[RL_TXID_SIZE];
    int64_t answers; /* due: one for each copy */
    bool answered;
};

enum rl_side { RL_NEAR, RL_FAR };

struct rl_pair {
    struct rl_link *link;
    struct tw_stream *near, *far; /* NULL: not yet, or gone */
    size_t target;                /* index of `to` */
    size_t tries;
    bool one_target; /* the listener decides the target: no other is tried */
    bool near_ended; /* the caller asks no more */
    bool far_was_open;
    bool far_over;          /* the target says no more, or cannot be reached */
    bool replaying;         /* early lines are being passed on: it is settled afterwards */
    struct tw_buffer early; /* lines that came before the far side was open */
    struct rl_call *calls;  /* oldest first */
    size_t call_count;
    struct tw_task reap;
    struct rl_pair *next, *previous;
};

struct rl_door { /* one listener */
    struct rl_link *link;
    size_t index;
    struct tw_listener *listener;
};

struct rl_link {
    struct rl_relay *relay;
    const struct rl_link_config *config;
    struct tw_tls *server, *client;
    struct tw_identity source; /* whom callers must be */
    struct rl_door doors[RL_ADDRESSES_MAX];
    struct tw_address targets[RL_ADDRESSES_MAX];
    size_t next_target;
    enum rl_cut cut;
    struct rl_pair *pairs;
    size_t pair_count;
};

struct rl_relay {
    struct tw_loop *loop;
    struct rl_link *links;
    size_t link_count;
    struct rl_rules rules;
    struct rl_trace *trace;
    int64_t start_us;
    int64_t calls; /* numbers given out */
    struct rl_message *waiting;
};

/* pair.c */
void rl_pair_accept(struct rl_door *door, int fd);
/* Both connections end without another word. */
void rl_pair_close(struct rl_pair *pair);
/* For a relay that goes away. */
void rl_pair_free(struct rl_pair *pair);
/* After a message has left or was dropped: connections that have nothing to wait for end. */
void rl_pair_settle(struct rl_pair *pair);

/* traffic.c */
void rl_traffic_arrive(struct rl_pair *pair, enum rl_way way, const char *bytes, size_t length);
/* What waits for this way of the pair is cut. */
void rl_traffic_cut(struct rl_pair *pair, enum rl_way way);
bool rl_traffic_waits(const struct rl_pair *pair, enum rl_way way);
/* What a reordering rule holds goes on. */
void rl_traffic_release(struct rl_relay *relay, struct rl_rule *rule);
void rl_traffic_forget_calls(struct rl_pair *pair);

#endif
