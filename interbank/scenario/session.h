/*
 * One scenario from file to verdict: builds the network, plays, judges, tidies up. Runs in a
 * process of its own (see main.c), so that nothing of it outlives it.
 */
#ifndef SCN_SESSION_H
#define SCN_SESSION_H

#include "scenario/report.h"
#include "scenario/run.h"

struct scn_session_options {
    const char *bin, *top;
    const char *folder; /* exists, empty; removed afterwards unless kept */
    const char *stock;  /* banks in stock are kept there; NULL: none are used */
    uint64_t seed;      /* 0: the scenario's own */
    bool keep;
    bool trace;         /* the relay's trace becomes part of the result */
    const char *record; /* steps are read from standard input, and written there */
    int64_t timeout_s;
};

/* Plays it; the report is the caller's. True when everything holds. */
TW_MUST_USE bool scn_session(const struct scn_scenario *scenario, struct scn_report *report,
                             const struct scn_session_options *options);

/* The seed that is used for a scenario. */
uint64_t scn_session_seed(const struct scn_scenario *scenario, uint64_t wished);

#endif
