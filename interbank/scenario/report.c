/* One line per step. On a terminal it stands there while the step runs and is completed afterwards;
 * elsewhere it is written once, with its verdict. */
#include "scenario/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define GOOD  "\033[32m"
#define BAD   "\033[31m"
#define DIM   "\033[2m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

static const char *paint(const struct scn_report *report, const char *colour) {
    return report->colours ? colour : "";
}

static int64_t ms_since(int64_t us) {
    return (scn_now_us() - us) / 1000;
}

void scn_report_begin(struct scn_report *report, const struct scn_scenario *scenario,
                      uint64_t seed) {
    report->begun_us = scn_now_us();
    report->result =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:[], s:[], s:[], s:[], s:[]}", "name", scenario->name,
                  "file", scenario->source.file, "title", scn_text_or(scenario->tree, "title", ""),
                  "about", scn_text_or(scenario->tree, "about", ""), "seed", (json_int_t)seed,
                  "steps", "expectations", "invariants", "problems", "logs");
    tw_assert(report->result != NULL);
    if (report->quiet)
        return;
    (void)fprintf(report->out, "%s%s%s  %s  %s(seed %" PRIu64 ")%s\n", paint(report, BOLD),
                  scenario->name, paint(report, PLAIN), scn_text_or(scenario->tree, "title", ""),
                  paint(report, DIM), seed, paint(report, PLAIN));
    (void)fflush(report->out);
}

void scn_report_phase(struct scn_report *report, const char *format, ...) {
    va_list list;
    if (report->quiet)
        return;
    va_start(list, format);
    (void)fprintf(report->out, "%s  %6.6s  ", paint(report, DIM), "");
    (void)vfprintf(report->out, format, list);
    (void)fprintf(report->out, "%s\n", paint(report, PLAIN));
    (void)fflush(report->out);
    va_end(list);
}

void scn_report_say(struct scn_report *report, const char *text) {
    if (!report->quiet)
        (void)fprintf(report->out, "          %s%s%s\n", paint(report, BOLD), text,
                      paint(report, PLAIN));
}

static void time_column(const struct scn_report *report) {
    int64_t ms = ms_since(report->begun_us);
    (void)fprintf(report->out, "  %s%3" PRId64 ".%" PRId64 " s%s ", paint(report, DIM), ms / 1000,
                  ms % 1000 / 100, paint(report, PLAIN));
}

void scn_report_step(struct scn_report *report, size_t line, size_t depth, const char *text) {
    report->step_us = scn_now_us();
    report->step =
        json_pack("{s:I, s:I, s:s, s:I}", "line", (json_int_t)line, "depth", (json_int_t)depth,
                  "text", text, "at_ms", (json_int_t)ms_since(report->begun_us));
    tw_assert(report->step != NULL);
    (void)json_array_append_new(json_object_get(report->result, "steps"), report->step);
    if (!report->live || report->quiet)
        return;
    time_column(report);
    (void)fprintf(report->out, "  %*s%s ...", (int)depth * 2, "", text);
    (void)fflush(report->out);
}

void scn_report_step_done(struct scn_report *report, const char *shown, const char *reason) {
    json_t *step = report->step;
    if (reason != NULL)
        report->failures++;
    scn_set(step, "verdict", json_string(reason != NULL ? "failed" : "passed"));
    scn_set(step, "shown", json_string(shown != NULL ? shown : ""));
    scn_set(step, "reason", json_string(reason != NULL ? reason : ""));
    scn_set(step, "took_ms", json_integer(ms_since(report->step_us)));
    if (report->quiet && reason == NULL)
        return;
    if (report->live && !report->quiet)
        (void)fprintf(report->out, "\r\033[K");
    time_column(report);
    (void)fprintf(report->out, "%s%s%s %*s%s", paint(report, reason != NULL ? BAD : GOOD),
                  reason != NULL ? "x" : "+", paint(report, PLAIN),
                  (int)scn_number(step, "depth", 0) * 2, "", scn_text_or(step, "text", ""));
    if (shown != NULL && shown[0] != '\0')
        (void)fprintf(report->out, "  %s-> %s%s", paint(report, DIM), shown, paint(report, PLAIN));
    if (reason != NULL)
        (void)fprintf(report->out, "\n          %s%s:%" PRId64 ": %s%s", paint(report, BAD),
                      scn_text_or(report->result, "file", ""), scn_number(step, "line", 0), reason,
                      paint(report, PLAIN));
    (void)fputc('\n', report->out);
    (void)fflush(report->out);
}

static void judged(struct scn_report *report, const char *id, const char *scope, const char *text,
                   const char *reason) {
    if (reason != NULL)
        report->failures++;
    if (report->quiet && reason == NULL)
        return;
    time_column(report);
    (void)fprintf(report->out, "%s%s%s %s%s%s%s%s", paint(report, reason != NULL ? BAD : GOOD),
                  reason != NULL ? "x" : "+", paint(report, PLAIN), id, id[0] != '\0' ? " " : "",
                  scope, scope[0] != '\0' ? ": " : "", text);
    if (reason != NULL)
        (void)fprintf(report->out, "\n          %s%s%s", paint(report, BAD), reason,
                      paint(report, PLAIN));
    (void)fputc('\n', report->out);
    (void)fflush(report->out);
}

void scn_report_expectation(struct scn_report *report, const char *text, const char *reason) {
    (void)json_array_append_new(
        json_object_get(report->result, "expectations"),
        json_pack("{s:s, s:s}", "text", text, "reason", reason != NULL ? reason : ""));
    judged(report, "", "", text, reason);
}

void scn_report_invariant(struct scn_report *report, const char *id, const char *scope,
                          const char *title, const char *reason) {
    (void)json_array_append_new(json_object_get(report->result, "invariants"),
                                json_pack("{s:s, s:s, s:s, s:s}", "id", id, "scope", scope, "title",
                                          title, "reason", reason != NULL ? reason : ""));
    if (reason != NULL)
        judged(report, id, scope, title, reason);
}

void scn_report_problem(struct scn_report *report, const char *text) {
    (void)json_array_append_new(json_object_get(report->result, "problems"), json_string(text));
    judged(report, "", "", "the scenario cannot be played", text);
}

void scn_report_log(struct scn_report *report, const char *name, const char *lines) {
    (void)json_array_append_new(json_object_get(report->result, "logs"),
                                json_pack("{s:s, s:s}", "name", name, "lines", lines));
    (void)fprintf(report->out, "          %s-- the end of %s%s\n", paint(report, DIM), name,
                  paint(report, PLAIN));
    for (const char *at = lines; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        (void)fprintf(report->out, "          %s%.*s%s\n", paint(report, DIM), (int)length, at,
                      paint(report, PLAIN));
        at += length + (at[length] == '\n');
    }
}

void scn_report_end(struct scn_report *report) {
    int64_t ms = ms_since(report->begun_us);
    bool passed = report->failures == 0;
    scn_set(report->result, "passed", json_boolean(passed));
    scn_set(report->result, "failures", json_integer((json_int_t)report->failures));
    scn_set(report->result, "took_ms", json_integer(ms));
    (void)fprintf(report->out, "%s%s%s  %s", paint(report, passed ? GOOD : BAD),
                  passed ? "passed" : "FAILED", paint(report, PLAIN),
                  scn_text_or(report->result, "name", ""));
    (void)fprintf(report->out, "  (%" PRId64 ".%" PRId64 " s, %zu steps, %zu expectations, ",
                  ms / 1000, ms % 1000 / 100,
                  json_array_size(json_object_get(report->result, "steps")),
                  json_array_size(json_object_get(report->result, "expectations")));
    (void)fprintf(report->out, "%zu invariants)\n",
                  json_array_size(json_object_get(report->result, "invariants")));
    (void)fflush(report->out);
}

void scn_report_clear(struct scn_report *report) {
    json_decref(report->result);
    report->result = NULL;
}
