/*
 * What the parts of the clearing flow share; internal to flow/clearing*.c.
 *
 * One connection serves them all: each step is one round trip of whole statements, so steps of
 * several pairs follow each other in the pipeline without a transaction that spans two of them.
 * The number of steps under way is bounded, and with it what waits in the connection.
 */
#ifndef BANK_FLOW_CLEARING_PARTS_H
#define BANK_FLOW_CLEARING_PARTS_H

#include "clearing/statement.h"
#include "flow/clearing.h"
#include "flow/clearing_answers.h"
#include "flow/clearing_totals.h"
#include "flow/clearing_verdict.h"
#include "rpc/pool.h"

#define BANK_TALKS_MAX       12 /* pairs asked about at a time */
#define BANK_COMPARISONS_MAX 2
#define BANK_WINDOWS_MAX     16 /* looked at in one poll: the oldest, as db/sql/clearing_read.sql */
#define BANK_STATE_SIZE      24
#define BANK_ASK_US          INT64_C(10000000) /* for one question to a peer or the agent */

/* One pair as read in this poll. */
struct bank_pair_view {
    int32_t window_no, peer;
    char state[BANK_STATE_SIZE];
    char reason[BANK_REASON_SIZE];
    int64_t debit_count, debit_minor, credit_count, credit_minor; /* agreed */
    int64_t breaks;
    bool visited;
};

struct bank_window_view {
    int32_t window_no;
    char state[BANK_STATE_SIZE];
    char reason[BANK_REASON_SIZE];
    int32_t revision;
    size_t first_pair, pair_count; /* in bank_clearing.pairs */
};

struct bank_talk; /* with a peer about a pair: clearing_pair.h */
struct bank_agent_talk;
struct bank_finality_job;

/* A submission that this process knows the agent has. */
struct bank_acknowledged {
    int32_t window_no, revision;
};

struct bank_clearing {
    struct bank_flows *flows;
    struct bank_clearing_options options;
    struct tw_trust trust;
    struct ib_signer *signer;
    struct bank_answers *answers;
    struct bank_db *db;
    struct bank_params params;
    struct tw_timer tick;
    bool polling;
    struct tw_currency currency; /* of the bank, with the windows below */
    struct bank_window_view windows[BANK_WINDOWS_MAX];
    size_t window_count;
    struct bank_pair_view *pairs;
    size_t pair_count, pair_capacity;
    struct bank_talk *talks;
    size_t talk_count, comparing;
    struct tw_pool *agent;         /* NULL: none */
    struct bank_agent_talk *asked; /* talks with it under way */
    size_t asked_count;
    struct bank_finality_job *finals; /* results being posted */
    struct bank_acknowledged acknowledged[BANK_WINDOWS_MAX];
    size_t acknowledged_next;
    struct {
        char kind[8], name[BANK_STATE_SIZE];
        int64_t count;
    } counts[24];
    size_t count_count;
};

/* Looks again, now. */
void bank_clearing_poll(struct bank_clearing *clearing);
/* A pair is done with for now: another one may begin. */
void bank_clearing_next(struct bank_clearing *clearing);
bool bank_clearing_alive(const struct bank_clearing *clearing); /* steps may be begun */

/* params (stolen; may be NULL: no memory) get a txid; callback as ib_peers_call. */
void bank_clearing_ask(struct bank_clearing *clearing, int32_t peer, enum tw_method_id method,
                       json_t *params, int64_t wait_us, tw_answer_fn callback, void *context);
/* The same, to the agent. */
void bank_clearing_ask_agent(struct bank_clearing *clearing, enum tw_method_id method,
                             json_t *params, tw_answer_fn callback, void *context);

/* What a window waits for; logged when it is news. */
void bank_window_note(struct bank_clearing *clearing, int32_t window_no, const char *reason);

#endif
