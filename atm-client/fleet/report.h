/*
 * What a fleet did, for programs (one JSON object), for people at a terminal (a few lines) and as a
 * page (one self-contained HTML file with plots). None of them holds a card number, a PIN or a name
 * of a customer. Times are microseconds where their name says so.
 */
#ifndef ATM_FLEET_REPORT_H
#define ATM_FLEET_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "atm-client/fleet/fleet.h"

struct fleet_report {
    const struct fleet_options *options;
    const struct fleet_tally *tally;
    const struct fleet_result *result;
    int64_t began_ms; /* Unix time */
};

/* New reference; NULL without memory. */
json_t *fleet_report_json(const struct fleet_report *report);
void fleet_report_print(FILE *out, const struct fleet_report *report);
/* Plots are made by gnuplot, in a folder of the fleet's. NOT_FOUND: there is no gnuplot; IO. */
struct tw_status fleet_report_html(const char *file, const struct fleet_report *report,
                                   struct tw_error *ret_error);

/* Operations per second with all terminals on (else from the start) until the stop, rounded. */
int64_t fleet_report_rate(const struct fleet_report *report);
int64_t fleet_report_rss_per_terminal_kib(const struct fleet_report *report);

#endif
