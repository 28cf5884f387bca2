/* Steps as a table, so that what came back stands under each other; reasons have a line of their
 * own, as long as they need. */
#include <inttypes.h>
#include <string.h>

#include "scenario/page/parts.h"

static enum pg_verdict verdict_of(const json_t *step) {
    const char *verdict = pg_member(step, "verdict");
    return strcmp(verdict, "failed") == 0   ? PG_FAILED
           : strcmp(verdict, "passed") == 0 ? PG_PASSED
                                            : PG_SKIPPED;
}

static void put_step(struct pg_html *html, const json_t *step, size_t number) {
    const int64_t depth = pg_number(step, "depth", 0);
    const enum pg_verdict verdict = verdict_of(step);
    const char *reason = pg_member(step, "reason");
    pg_printf(html, "<tr%s><td class=\"num\">%zu</td><td class=\"num\">",
              verdict == PG_FAILED ? " class=\"bad\"" : "", number);
    pg_duration(html, pg_number(step, "at_ms", 0));
    pg_raw(html, "</td><td>");
    pg_mark(html, verdict);
    pg_printf(html, "</td><td class=\"indent%" PRId64 "\">",
              depth < 0   ? 0
              : depth > 4 ? (int64_t)4
                          : depth);
    pg_text(html, pg_member(step, "text"));
    if (reason[0] != '\0') {
        pg_raw(html, "<div class=\"reason\">");
        pg_text(html, reason);
        pg_raw(html, "</div>");
    }
    pg_raw(html, "</td><td class=\"shown\">");
    pg_text(html, pg_member(step, "shown"));
    pg_raw(html, "</td><td class=\"num\">");
    pg_duration(html, pg_number(step, "took_ms", 0));
    pg_printf(html, "</td><td class=\"num\">%" PRId64 "</td></tr>\n", pg_number(step, "line", 0));
}

static void put_expectations(struct pg_html *html, const json_t *list) {
    pg_raw(html, "<h2 id=\"expectations\">Expected at the end</h2>\n");
    if (json_array_size(list) == 0) {
        pg_raw(html, "<p class=\"note\">Nothing in particular: the invariants have to hold.</p>\n");
        return;
    }
    pg_raw(html, "<ul class=\"judged\">");
    for (size_t i = 0; i < json_array_size(list) && i < SCN_PAGE_ROWS_MAX; i++) {
        const json_t *one = json_array_get(list, i);
        const char *reason = pg_member(one, "reason");
        pg_raw(html, "<li>");
        pg_mark(html, reason[0] != '\0' ? PG_FAILED : PG_PASSED);
        pg_raw(html, " ");
        pg_text(html, pg_member(one, "text"));
        if (reason[0] != '\0') {
            pg_raw(html, "<div class=\"reason\">");
            pg_text(html, reason);
            pg_raw(html, "</div>");
        }
        pg_raw(html, "</li>\n");
    }
    pg_raw(html, "</ul>\n");
}

void pg_steps(struct pg_html *html, const json_t *report) {
    const json_t *steps = json_object_get(report, "steps");
    const size_t count = json_array_size(steps);
    pg_raw(html, "<h2 id=\"steps\">Steps</h2>\n<div class=\"scroll\"><table><thead><tr>"
                 "<th class=\"num\">no.</th><th class=\"num\">at</th><th></th><th>step</th>"
                 "<th>came back</th><th class=\"num\">took</th><th class=\"num\">line</th></tr>"
                 "</thead><tbody>\n");
    for (size_t i = 0; i < count && i < SCN_PAGE_ROWS_MAX; i++) {
        put_step(html, json_array_get(steps, i), i + 1);
    }
    pg_raw(html, "</tbody></table></div>\n");
    if (count > SCN_PAGE_ROWS_MAX) {
        pg_printf(html, "<p class=\"note\">%zu more steps are not shown.</p>\n",
                  count - SCN_PAGE_ROWS_MAX);
    }
    put_expectations(html, json_object_get(report, "expectations"));
}

void pg_logs(struct pg_html *html, const json_t *report) {
    const json_t *logs = json_object_get(report, "logs");
    if (json_array_size(logs) > 0) {
        pg_raw(html, "<h2 id=\"logs\">Ends of logs</h2>\n");
    }
    for (size_t i = 0; i < json_array_size(logs); i++) {
        const json_t *log = json_array_get(logs, i);
        pg_raw(html, "<details><summary>");
        pg_text(html, pg_member(log, "name"));
        pg_raw(html, "</summary><pre>");
        pg_text(html, pg_member(log, "lines"));
        pg_raw(html, "</pre></details>\n");
    }
}
