/*
 * What a scenario tells: on the console while it plays, and as one JSON object afterwards, from
 * which JUnit XML, the HTML page and --json are made. Everything that is judged goes through here,
 * so the verdict is the same everywhere.
 *
 *   {"name","file","title","about","seed","passed","took_ms","build_ms","problem",
 *    "steps":[{"line","text","verdict","shown","reason","at_ms","took_ms","group"}],
 *    "expectations":[{"text","reason"}], "invariants":[{"id","scope","title","reason"}],
 *    "positions":{"before":[..],"after":[..]}, "logs":[{"name","lines"}]}
 */
#ifndef SCN_REPORT_H
#define SCN_REPORT_H

#include "scenario/scenario.h"

struct scn_report {
    FILE *out;
    bool live;    /* a terminal: lines may be overwritten */
    bool colours; /* and coloured */
    bool quiet;   /* only what failed, and the verdict */
    json_t *result;
    size_t failures;
    int64_t begun_us;
    int64_t step_us;
    json_t *step; /* the one being played, borrowed of result */
};

void scn_report_begin(struct scn_report *report, const struct scn_scenario *scenario,
                      uint64_t seed);
/* A line of progress that is no step: "building 2 banks". */
void scn_report_phase(struct scn_report *report, const char *format, ...) TW_PRINTF(2, 3);
void scn_report_say(struct scn_report *report, const char *text);

void scn_report_step(struct scn_report *report, size_t line, size_t depth, const char *text);
/* reason NULL: it went as expected. shown: what came back. */
void scn_report_step_done(struct scn_report *report, const char *shown, const char *reason);
void scn_report_expectation(struct scn_report *report, const char *text, const char *reason);
void scn_report_invariant(struct scn_report *report, const char *id, const char *scope,
                          const char *title, const char *reason);
/* Something that has no step: the network could not be built, a process ended. */
void scn_report_problem(struct scn_report *report, const char *text);
/* The end of a log file, for whoever reads about the failure. */
void scn_report_log(struct scn_report *report, const char *name, const char *lines);
void scn_report_end(struct scn_report *report);
void scn_report_clear(struct scn_report *report);

#endif
