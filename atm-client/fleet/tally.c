/*
 * A point keeps percentiles, not its histogram, which is 13 KB: the one of the current point is
 * enough. A longer run has longer points, chosen at the start; merging points later was rejected,
 * because percentiles cannot be merged.
 */
#include "atm-client/fleet/tally.h"

#include <stdio.h>
#include <stdlib.h>

struct fleet_tally *fleet_tally_new(int64_t longest_s) {
    struct fleet_tally *tally = calloc(1, sizeof *tally);
    if (tally != NULL)
        tally->point_s = longest_s / (FLEET_POINTS_MAX - 1) + 1;
    return tally;
}

void fleet_tally_free(struct fleet_tally *tally) {
    free(tally);
}

/* What the host said; FLEET_NO_ANSWER when it said nothing; -1 when it was not asked. */
static int code_of(const struct atm_outcome *outcome) {
    if (outcome->answered)
        return (int)outcome->answer.outcome.rc;
    if (outcome->verdict == ATM_REFUSED || outcome->stan == 0)
        return -1;
    return outcome->verdict == ATM_DECLINED ? (int)outcome->rc : FLEET_NO_ANSWER;
}

void fleet_tally_add(struct fleet_tally *tally, size_t kind, const struct atm_outcome *outcome,
                     int64_t took_us) {
    int code = code_of(outcome);
    tally->current_used = true;
    tally->verdicts[kind][outcome->verdict]++;
    tw_latency_record(&tally->by_kind[kind], took_us);
    if (code >= 0) {
        tally->codes[code]++;
        tally->current.codes[code]++;
    }
    if (kind == FLEET_OPEN)
        return;
    tw_latency_record(&tally->latency, took_us);
    tw_latency_record(&tally->current_latency, took_us);
    tally->current.verdicts[outcome->verdict]++;
    tally->max_us = took_us > tally->max_us ? took_us : tally->max_us;
    tally->current.max_us = took_us > tally->current.max_us ? took_us : tally->current.max_us;
}

void fleet_tally_problem(struct fleet_tally *tally, int64_t terminal, const char *text) {
    if (tally->problem_count < FLEET_PROBLEMS_MAX)
        (void)snprintf(tally->problems[tally->problem_count], sizeof tally->problems[0],
                       "terminal %08lld: %s", (long long)terminal, text);
    tally->problem_count++;
}

static void close_point(struct fleet_tally *tally, int64_t in_service) {
    if (tally->point_count == FLEET_POINTS_MAX)
        return;
    tally->current.p50_us = tw_latency_at(&tally->current_latency, 500);
    tally->current.p95_us = tw_latency_at(&tally->current_latency, 950);
    tally->current.p99_us = tw_latency_at(&tally->current_latency, 990);
    tally->current.in_service = in_service;
    tally->points[tally->point_count++] = tally->current;
    tally->current = (struct fleet_point){0};
    tally->current_latency = (struct tw_latency){0};
    tally->current_used = false;
}

void fleet_tally_second(struct fleet_tally *tally, int64_t elapsed_s, int64_t in_service) {
    while ((int64_t)tally->point_count < elapsed_s / tally->point_s &&
           tally->point_count < FLEET_POINTS_MAX)
        close_point(tally, in_service);
}

void fleet_tally_end(struct fleet_tally *tally, int64_t in_service) {
    if (tally->current_used)
        close_point(tally, in_service);
}

uint64_t fleet_tally_verdict(const struct fleet_tally *tally, enum atm_verdict verdict) {
    uint64_t count = 0;
    for (size_t kind = 0; kind < FLEET_KIND_COUNT; kind++)
        count += tally->verdicts[kind][verdict];
    return count;
}

uint64_t fleet_tally_operations(const struct fleet_tally *tally) {
    return tally->latency.count;
}

const char *fleet_kind_told(size_t kind) {
    return kind == FLEET_OPEN ? "open" : fleet_kind_name((enum fleet_kind)kind);
}

const char *fleet_code_told(size_t code) {
    return code == FLEET_NO_ANSWER ? "none" : tw_rc_digits((enum tw_rc)code);
}
