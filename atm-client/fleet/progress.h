/* What a person sees while a fleet runs, on standard error: one line that is rewritten every second
 * on a terminal, else a line every five. */
#ifndef ATM_FLEET_PROGRESS_H
#define ATM_FLEET_PROGRESS_H

#include "atm-client/fleet/tally.h"

struct fleet_progress {
    bool quiet, live;
    uint64_t told; /* operations, when last told */
    int64_t told_s;
};

struct fleet_progress fleet_progress_begin(bool quiet);
void fleet_progress_show(struct fleet_progress *progress, const struct fleet_tally *tally,
                         const char *stage, int64_t elapsed_s, int64_t in_service,
                         int64_t terminals);
void fleet_progress_end(struct fleet_progress *progress);

#endif
