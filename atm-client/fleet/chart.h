/*
 * Plots of a fleet's run over time, drawn by gnuplot as SVG: throughput, latencies, response codes.
 * Colours are Okabe and Ito's, which the colour-blind can tell apart; lines differ in dashes and
 * marks too, so that a page printed in grey can be read. Files are made in a folder of the caller's
 * and removed.
 */
#ifndef ATM_FLEET_CHART_H
#define ATM_FLEET_CHART_H

#include <stdio.h>

#include "atm-client/fleet/tally.h"

/* NOT_FOUND: there is no gnuplot to run. */
struct tw_status fleet_chart_available(struct tw_error *ret_error);
/* Writes all charts into an HTML page, each as a figure with its caption. */
struct tw_status fleet_chart_write(FILE *page, const struct fleet_tally *tally, const char *folder,
                                   struct tw_error *ret_error);

#endif
