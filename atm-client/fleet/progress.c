/* The rate is of the time since the last line, percentiles are of the last point. */
#include "atm-client/fleet/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_S 5

struct fleet_progress fleet_progress_begin(bool quiet) {
    return (struct fleet_progress){.quiet = quiet, .live = isatty(STDERR_FILENO) != 0};
}

static uint64_t failed(const struct fleet_tally *tally) {
    return fleet_tally_verdict(tally, ATM_UNANSWERED) + fleet_tally_verdict(tally, ATM_FAULT) +
           fleet_tally_verdict(tally, ATM_SUSPECT) + fleet_tally_verdict(tally, ATM_REFUSED);
}

void fleet_progress_show(struct fleet_progress *progress, const struct fleet_tally *tally,
                         const char *stage, int64_t elapsed_s, int64_t in_service,
                         int64_t terminals) {
    static const struct fleet_point nothing = {0};
    int64_t passed_s = elapsed_s - progress->told_s;
    if (progress->quiet || passed_s < (progress->live ? 1 : LINE_S))
        return;
    const struct fleet_point *last =
        tally->point_count > 0 ? &tally->points[tally->point_count - 1] : &nothing;
    uint64_t operations = fleet_tally_operations(tally);
    (void)fprintf(stderr,
                  "%s%4" PRId64 " s %s: %" PRId64 "/%" PRId64 " in service, %" PRIu64
                  " operations, %" PRIu64 "/s, p50 %" PRId64 " p99 %" PRId64
                  " ms, declined %" PRIu64 ", failed %" PRIu64 ", pending %" PRIu64
                  ", wrong %" PRIu64 "%s",
                  progress->live ? "\r" : "", elapsed_s, stage, in_service, terminals, operations,
                  (operations - progress->told) / (uint64_t)passed_s, last->p50_us / 1000,
                  last->p99_us / 1000, fleet_tally_verdict(tally, ATM_DECLINED), failed(tally),
                  fleet_tally_verdict(tally, ATM_PENDING), tally->problem_count,
                  progress->live ? "\033[K" : "\n");
    (void)fflush(stderr);
    progress->told = operations;
    progress->told_s = elapsed_s;
}

void fleet_progress_end(struct fleet_progress *progress) {
    if (!progress->quiet && progress->live && progress->told_s > 0)
        (void)fputc('\n', stderr);
}
