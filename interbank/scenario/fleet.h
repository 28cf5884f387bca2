/*
 * Plays several scenarios, each in a process of its own, some at the same time, and gathers what
 * they report. A process that dies leaves a result that says so, and its network is taken down from
 * here.
 */
#ifndef SCN_FLEET_H
#define SCN_FLEET_H

#include "scenario/options.h"
#include "scenario/scenario.h"

/* Results in the order of the scenarios: new reference to a list. */
json_t *scn_fleet_play(const struct scn_scenario *scenarios, size_t count,
                       const struct scn_options *options);

#endif
