/*
 * The audit's result lines, and the part of it that is not SQL: the hash chain.
 */
#ifndef BANK_CTL_AUDIT_H
#define BANK_CTL_AUDIT_H

#include "ctl/ctl.h"

/* Violations kept per check; more are counted but not shown. */
#define CTL_VIOLATIONS_MAX 20

struct ctl_findings {
    const struct ctl *ctl;
    json_t *checks; /* [{check, title, violations, examples: [{subject, problem}]}] */
    size_t failed;
};

/* Adds one check. rows: columns subject and problem, `total` how many there are in all. */
void ctl_findings_add(struct ctl_findings *findings, const char *check, const char *title,
                      json_t *examples, size_t total);
/* {"subject":..., "problem":...} at the end of examples, unless it is full. */
void ctl_example_add(json_t *examples, const char *subject, const char *problem);

#endif
