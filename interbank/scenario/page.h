/*
 * A scenario's run as one HTML page: no other file, no network, readable without JavaScript. Made
 * of one JSON document; every member may be missing, and what is of another type is left out. All
 * texts are escaped, whoever wrote them.
 *
 *   name, file, title, about   texts            number, seed, took_ms, build_ms   integers
 *   passed       true or false; absent: the run was broken off
 *   problems     [text]: why it could not be played
 *   banks        [{"name","title","code"}]      lanes of the chart, in this order
 *   terminals    [{"name","bank"}]              agent: name of the settlement agent's lane
 *   steps        [{"line","depth","text","verdict":"passed|failed|skipped","shown","reason",
 *                  "at_ms","took_ms"}]
 *   expectations [{"text","reason"}]            reason "": it holds
 *   invariants   [{"id","scope","title","reason","detail"}]
 *   positions    {"before":[row],"after":[row]}: rows of `bankctl --json positions` and "bank";
 *                what has the same bank, peer and window stands side by side
 *   tables       [{"title","about","rows":[{...}]}]: flat objects, columns as in the first row
 *   trace        [line]: of message-relay, in any order; its links are named "SOURCE>TARGET"
 *   relay_start_ms   at_ms of the trace's at_us 0
 *   logs         [{"name","lines"}]
 *
 * The chart draws a call's request and answer in the step during which the request began: at_ms of
 * that step to at_ms of the next. Equal calls that follow each other in a step (repeats of store-
 * and-forward, polling) are one arrow with their number; a step shows at most SCN_PAGE_CALLS_MAX
 * calls, those that were hurt first, and says how many more there were; all steps together at most
 * SCN_PAGE_ARROWS_MAX arrows.
 */
#ifndef SCN_PAGE_H
#define SCN_PAGE_H

#include <jansson.h>
#include <stdio.h>

#include "core/status.h"

#define SCN_PAGE_CALLS_MAX  30   /* drawn of one step */
#define SCN_PAGE_ARROWS_MAX 2000 /* drawn in all */
#define SCN_PAGE_LANES_MAX  64
#define SCN_PAGE_TRACE_MAX  500000 /* lines looked at */
#define SCN_PAGE_ROWS_MAX   2000   /* of one table */

/* IO when out cannot be written, NO_MEMORY. */
struct tw_status scn_page_write(const json_t *report, FILE *out, struct tw_error *ret_error);

#endif
