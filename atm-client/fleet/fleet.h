/*
 * A fleet: many terminals in one process, on one loop, each with its own certificate, connection,
 * journal and devices. Terminals are switched on during the ramp-up, after which the profile's
 * time begins; when it is over, or at the first SIGINT or SIGTERM, no customer comes any more,
 * those who are there finish, and the terminals tell their hosts what is left to tell: at most
 * drain_s, or until the next signal. Then every journal is held against its machine.
 *
 *   RAMPING --all on--> RUNNING --time, signal--> DRAINING --all ended, time, signal--> ENDED
 *
 * Bounded: descriptors are counted before the first terminal is opened; of a terminal that was
 * opened nothing grows but its journal file.
 */
#ifndef ATM_FLEET_FLEET_H
#define ATM_FLEET_FLEET_H

#include "atm-client/fleet/config.h"
#include "atm-client/fleet/member.h"

/* What was found at the end, beside the tally. */
struct fleet_result {
    int64_t terminals;  /* switched on; fewer than wanted when it was stopped before */
    int64_t elapsed_ms; /* until the stop, */
    int64_t running_ms; /* of which with all terminals on; 0: it never came to that */
    int64_t running_operations;
    int64_t drained_ms;   /* from there until all had ended */
    int64_t unended;      /* terminals that could not end in time */
    int64_t advices;      /* messages the hosts did not acknowledge */
    int64_t pending;      /* transfers whose end is not known */
    int64_t suspects;     /* operations nobody knows the end of, not yet counted */
    int64_t half_done;    /* operations neither done nor undone */
    int64_t lost_cards;   /* retained by machines */
    int64_t rss_base_kib; /* of the process before the first terminal, */
    int64_t rss_kib;      /* and most, with all of them */
    bool interrupted;
};

struct fleet_options {
    const struct fleet_config *config;
    const struct fleet_profile *profile;
    int64_t terminals;
    bool quiet;
};

/* Runs to the end. *ret_tally and *ret_result are filled also when it failed in the middle, unless
 * the tally is NULL; the caller frees the tally. CONFLICT: a terminal is in use by another process;
 * CONFIG: what the configuration names is not there, or too few descriptors; IO. */
struct tw_status fleet_run(const struct fleet_options *options, struct fleet_tally **ret_tally,
                           struct fleet_result *ret_result, struct tw_error *ret_error);

/* Nothing that a terminal was told, did or should have done is left open or contradicts itself. */
bool fleet_result_good(const struct fleet_tally *tally, const struct fleet_result *result);

#endif
