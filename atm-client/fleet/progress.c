/* The rate is of the time since the last line, percentiles are of the last point. */
#include "atm-client/fleet/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_S    5
#define LINE_SIZE 512

struct fleet_progress fleet_progress_begin(bool quiet) {
    return (struct fleet_progress){.quiet = quiet, .live = isatty(STDERR_FILENO) != 0};
}

static uint64_t failed(const struct fleet_tally *tally) {
    return fleet_tally_verdict(tally, ATM_UNANSWERED) + fleet_tally_verdict(tally, ATM_FAULT) +
           fleet_tally_verdict(tally, ATM_SUSPECT) + fleet_tally_verdict(tally, ATM_REFUSED);
}

/* " 00 3066 55 18", as far as there is room. */
static void write_codes(const struct fleet_tally *tally, char line[LINE_SIZE], size_t used) {
    for (size_t code = 0; code < FLEET_CODES_TOLD && used < LINE_SIZE; code++) {
        if (tally->codes[code] > 0)
            used += (size_t)snprintf(line + used, LINE_SIZE - used, " %s %" PRIu64,
                                     fleet_code_told(code), tally->codes[code]);
    }
}

static int columns(void) {
    struct winsize size = {0};
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col : 80;
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
    char line[LINE_SIZE];
    int used = snprintf(line, sizeof line,
                        "%4" PRId64 " s %s: %" PRId64 "/%" PRId64 " in service, %" PRIu64
                        " operations, %" PRIu64 "/s, p50 %" PRId64 " p99 %" PRId64
                        " ms, failed %" PRIu64 ", wrong %" PRIu64 ", codes",
                        elapsed_s, stage, in_service, terminals, operations,
                        (operations - progress->told) / (uint64_t)passed_s, last->p50_us / 1000,
                        last->p99_us / 1000, failed(tally), tally->problem_count);
    write_codes(tally, line, (size_t)used);
    if (progress->live)
        (void)fprintf(stderr, "\r%.*s\033[K", columns() - 1, line); /* one that wraps would stay */
    else
        (void)fprintf(stderr, "%s\n", line);
    (void)fflush(stderr);
    progress->told = operations;
    progress->told_s = elapsed_s;
}

void fleet_progress_end(struct fleet_progress *progress) {
    if (!progress->quiet && progress->live && progress->told_s > 0)
        (void)fputc('\n', stderr);
}
