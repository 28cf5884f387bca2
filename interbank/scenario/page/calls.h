/*
 * The relay's trace as calls: each request with its answer, the lanes it goes between, the step it
 * began in. Calls are in the order of time; those of one step lie together. Everything is borrowed
 * from the report, which must outlive it.
 */
#ifndef PG_CALLS_H
#define PG_CALLS_H

#include <jansson.h>
#include <stdint.h>

#include "scenario/page.h"

enum pg_fate {
    PG_DELIVERED,
    PG_LOST,
    PG_DELAYED,
    PG_DUPLICATED,
    PG_REORDERED,
    PG_CHANGED,
    PG_CUT,
    PG_DROPPED,
    PG_FATE_COUNT,
};

struct pg_lane {
    const char *name;
    size_t length;     /* names end at '>' */
    const char *title; /* for people; "" when it has none */
};

struct pg_message {
    const json_t *entry; /* NULL: there was none */
    int64_t at_us, passed_us;
    enum pg_fate fate;
};

struct pg_call {
    struct pg_message request, answer;
    size_t from, to; /* lanes */
    size_t step;     /* 0: before the first; else its number from 1 */
    const char *method, *txid;
    size_t repeats; /* equal ones that follow it in its step, and are hidden */
    int64_t last_us;
    size_t dropped; /* answers of extra copies */
    bool hidden;    /* told by another one, or too many */
    bool hurt;      /* by the relay; or it has no answer, or an error for one */
};

struct pg_calls {
    struct pg_lane lanes[SCN_PAGE_LANES_MAX];
    size_t lane_count;
    struct pg_call *calls;
    size_t count;
    size_t messages;             /* entries of the trace that could be read */
    size_t fates[PG_FATE_COUNT]; /* of them */
    size_t unread;               /* entries that say nothing, or have no lane left */
    int64_t start_ms;            /* of the trace, on the steps' clock */
};

/* False without memory. */
TW_MUST_USE bool pg_calls_read(const json_t *report, struct pg_calls *ret_calls);
void pg_calls_free(struct pg_calls *calls);

/* Of one step, from `first` on: the end of its calls. */
size_t pg_calls_end(const struct pg_calls *calls, size_t first);

#endif
