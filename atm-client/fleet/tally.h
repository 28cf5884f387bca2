/*
 * What a fleet measures: operations by kind and verdict, response codes, latencies, and the same
 * over time in points of equal length. Memory is sized at the start and does not grow with the
 * length of a run: a run of any duration has at most FLEET_POINTS_MAX points. Latencies are what
 * the customer waits for, think time excluded; microseconds. Single-threaded.
 */
#ifndef ATM_FLEET_TALLY_H
#define ATM_FLEET_TALLY_H

#include "atm-client/core/terminal.h"
#include "atm-client/fleet/profile.h"
#include "core/latency.h"

#define FLEET_POINTS_MAX   1800
#define FLEET_PROBLEMS_MAX 16
#define FLEET_VERDICTS     (ATM_SUSPECT + 1)
/* Beside the kinds of profile.h: a card is inserted and its PIN checked. */
#define FLEET_OPEN       FLEET_KIND_COUNT
#define FLEET_KINDS_TOLD (FLEET_KIND_COUNT + 1)
/* Beside the response codes: nobody answered. */
#define FLEET_NO_ANSWER  TW_RC_COUNT
#define FLEET_CODES_TOLD (TW_RC_COUNT + 1)

struct fleet_point {
    uint64_t verdicts[FLEET_VERDICTS];
    uint64_t codes[FLEET_CODES_TOLD];
    int64_t p50_us, p95_us, p99_us, max_us;
    int64_t in_service; /* terminals, when it ended */
};

struct fleet_tally {
    uint64_t verdicts[FLEET_KINDS_TOLD][FLEET_VERDICTS];
    uint64_t codes[FLEET_CODES_TOLD];
    struct tw_latency latency; /* of all kinds but FLEET_OPEN */
    struct tw_latency by_kind[FLEET_KINDS_TOLD];
    int64_t max_us;
    uint64_t customers, visits, faults, recovered, differences;
    uint64_t problem_count; /* what contradicts itself; the first are told */
    char problems[FLEET_PROBLEMS_MAX][160];
    int64_t point_s; /* length of a point */
    size_t point_count;
    struct fleet_point points[FLEET_POINTS_MAX];
    struct fleet_point current;
    struct tw_latency current_latency;
    bool current_used; /* something is in the current point */
};

/* A tally is large: allocate it. longest_s: duration and drain. */
struct fleet_tally *fleet_tally_new(int64_t longest_s);
void fleet_tally_free(struct fleet_tally *tally);
void fleet_tally_add(struct fleet_tally *tally, size_t kind, const struct atm_outcome *outcome,
                     int64_t took_us);
void fleet_tally_problem(struct fleet_tally *tally, int64_t terminal, const char *text);
/* Once a second, with the seconds since the start. */
void fleet_tally_second(struct fleet_tally *tally, int64_t elapsed_s, int64_t in_service);
/* Puts the last, shorter point there too. */
void fleet_tally_end(struct fleet_tally *tally, int64_t in_service);

/* All kinds but FLEET_OPEN. */
uint64_t fleet_tally_operations(const struct fleet_tally *tally);
uint64_t fleet_tally_verdict(const struct fleet_tally *tally, enum atm_verdict verdict);
const char *fleet_kind_told(size_t kind);
const char *fleet_code_told(size_t code); /* "00", "none" */

#endif
