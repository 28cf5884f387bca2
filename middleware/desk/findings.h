/*
 * What an audit finds: checks, each with the violations it saw, printed as they come or as one JSON
 * object at the end.
 */
#ifndef TW_DESK_FINDINGS_H
#define TW_DESK_FINDINGS_H

#include "desk/ctl.h"

/* Violations kept per check; more are counted but not shown. */
#define CTL_VIOLATIONS_MAX 20

struct ctl_findings {
    const struct ctl *ctl;
    json_t *checks; /* [{check, title, violations, examples: [{subject, problem}]}] */
    size_t failed;
};

/* Adds one check; `total` is how many violations there are in all. */
void ctl_findings_add(struct ctl_findings *findings, const char *check, const char *title,
                      json_t *examples, size_t total);
/* {"subject":..., "problem":...} at the end of examples, unless it is full. */
void ctl_example_add(json_t *examples, const char *subject, const char *problem);
/* The same for all rows of a query for violations, with columns subject and problem. */
void ctl_examples_take(const PGresult *rows, json_t *examples, size_t *total);
/* Runs a query for violations, whose first line is its title behind "-- ", and adds it. */
struct tw_status ctl_findings_check(struct ctl_findings *findings, PGconn *connection,
                                    const char *name, const char *sql, struct tw_error *ret_error);
/* The end of the audit: CONFLICT when anything is violated. */
struct tw_status ctl_findings_report(const struct ctl_findings *findings,
                                     struct tw_error *ret_error);

#endif
