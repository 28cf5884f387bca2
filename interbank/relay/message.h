/*
 * One message on its way through the relay: the line it came as, what could be read of it, and what
 * became of it. It is read once and owned by whoever holds it, at most one list (traffic.c).
 *
 *   arrived -> passed on                          DELIVERED, DUPLICATED, CHANGED
 *           -> waits, then passed on              DELAYED, REORDERED
 *           -> goes no further                    LOST, CUT, DROPPED
 */
#ifndef RL_MESSAGE_H
#define RL_MESSAGE_H

#include <jansson.h>

#include "net/timer.h"
#include "relay/rule.h"
#include "wire/envelope.h"

#define RL_TXID_SIZE    40
#define RL_LINE_MAX     (1 << 20)
#define RL_UNKNOWN_NAME "?"

enum rl_fate {
    RL_DELIVERED,
    RL_LOST,
    RL_DELAYED,
    RL_DUPLICATED,
    RL_REORDERED,
    RL_CHANGED,
    RL_CUT,     /* its link is cut or its connection ended */
    RL_DROPPED, /* the answer of an extra copy */
};

struct rl_pair;

struct rl_message {
    enum rl_way way;
    char *line; /* with its line end */
    size_t length;
    json_t *content; /* NULL: not JSON */
    int64_t call;    /* a request's number and its answer's */
    char method[TW_METHOD_NAME_MAX + 1];
    char txid[RL_TXID_SIZE];  /* "": none */
    int64_t at_us, passed_us; /* loop's clock; passed_us 0: not yet */
    enum rl_fate fate;
    int64_t rule;        /* that acted; 0: none */
    json_t *was;         /* CHANGED: members before */
    int64_t lines, sent; /* how often it goes to the other side, and went already */
    int64_t gap_ms;      /* between copies */
    bool traced;

    struct rl_pair *pair;
    struct tw_timer timer; /* while it waits */
    bool waiting;
    struct rl_message *next, *previous;
};

/* Copies the line (without its end). NULL without memory. */
struct rl_message *rl_message_new(enum rl_way way, const char *bytes, size_t length);
void rl_message_free(struct rl_message *message);

/* A request's method: its own, or RL_UNKNOWN_NAME. */
const char *rl_message_asks(const struct rl_message *message);
/* The id as text, which free() frees; NULL: none. */
char *rl_message_id(const struct rl_message *message);
/* Takes changed content as the line. False without memory: the line is as it was. */
TW_MUST_USE bool rl_message_rewrite(struct rl_message *message);

const char *rl_fate_name(enum rl_fate fate);

#endif
