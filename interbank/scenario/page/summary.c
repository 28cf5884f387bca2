/* What a reader wants first: does it hold, and if not, what failed; then how much was looked at. */
#include <inttypes.h>
#include <string.h>

#include "scenario/page/parts.h"

enum { FAILURES_MAX = 20 };

void pg_mark(struct pg_html *html, enum pg_verdict verdict) {
    static const char *const marks[] = {
        "<span class=\"mark passed\" title=\"passed\">&#10003;<span class=\"said\"> passed</span>"
        "</span>",
        "<span class=\"mark failed\" title=\"failed\">&#10007;<span class=\"said\"> failed</span>"
        "</span>",
        "<span class=\"mark skipped\" title=\"skipped\">&#8211;<span class=\"said\"> skipped</span>"
        "</span>"};
    pg_raw(html, marks[verdict]);
}

/* --- verdict -------------------------------------------------------------------------------- */

static void put_banner(struct pg_html *html, const json_t *report) {
    const json_t *passed = json_object_get(report, "passed");
    const json_t *number = json_object_get(report, "number");
    const char *verdict = json_is_true(passed)    ? "passed"
                          : json_is_false(passed) ? "failed"
                                                  : "broken off";
    const char *mark = json_is_true(passed) ? "&#10003;" : json_is_false(passed) ? "&#10007;" : "?";
    pg_printf(html, "<header class=\"%s\"><div class=\"verdict\">%s %s</div><div><h1>",
              json_is_true(passed) ? "passed" : "failed", mark, verdict);
    if (json_is_integer(number)) {
        pg_printf(html, "<span class=\"no\">%" PRId64 "</span> ",
                  (int64_t)json_integer_value(number));
    }
    pg_text(html, pg_member(report, "name"));
    pg_raw(html, "</h1><p class=\"title\">");
    pg_text(html, pg_member(report, "title"));
    pg_raw(html, "</p></div></header>\n<p class=\"about\">");
    pg_text(html, pg_member(report, "about"));
    pg_raw(html, "</p>\n");
}

/* --- numbers -------------------------------------------------------------------------------- */

static bool step_failed(const json_t *step) {
    return strcmp(pg_member(step, "verdict"), "failed") == 0;
}

static bool has_reason(const json_t *judged) {
    return pg_member(judged, "reason")[0] != '\0';
}

static void put_score(struct pg_html *html, const char *anchor, const char *name,
                      const json_t *list, bool (*failed)(const json_t *one)) {
    size_t bad = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        bad += failed(json_array_get(list, i));
    }
    size_t all = json_array_size(list);
    pg_printf(html, "<li class=\"%s\"><a href=\"#%s\"><b>%zu</b> of %zu %s hold</a></li>",
              bad > 0 ? "bad" : "good", anchor, all - bad, all, name);
}

static void put_messages(struct pg_html *html, const struct pg_calls *calls) {
    pg_raw(html, "<li><a href=\"#messages\"><b>");
    pg_printf(html, "%zu</b> messages", calls->messages);
    for (int fate = PG_LOST; fate < PG_FATE_COUNT; fate++) {
        if (calls->fates[fate] > 0) {
            pg_printf(html, ", %zu %s", calls->fates[fate], pg_fate_class((enum pg_fate)fate));
        }
    }
    pg_raw(html, "</a></li>");
}

static void put_fact(struct pg_html *html, const char *name, const json_t *report,
                     const char *member) {
    const json_t *value = json_object_get(report, member);
    if (json_is_string(value) && json_string_length(value) > 0) {
        pg_printf(html, "<dt>%s</dt><dd>", name);
        pg_text(html, json_string_value(value));
        pg_raw(html, "</dd>");
    } else if (json_is_integer(value) && strstr(member, "_ms") != NULL) {
        pg_printf(html, "<dt>%s</dt><dd>", name);
        pg_duration(html, json_integer_value(value));
        pg_raw(html, "</dd>");
    } else if (json_is_integer(value)) {
        pg_printf(html, "<dt>%s</dt><dd>%" PRId64 "</dd>", name,
                  (int64_t)json_integer_value(value));
    }
}

/* --- failures ------------------------------------------------------------------------------- */

struct failures {
    struct pg_html *html;
    size_t count;
};

/* Begins a line of the list; false when it is long enough. */
static bool begin_failure(struct failures *failures, const char *kind) {
    if (++failures->count > FAILURES_MAX) {
        return false;
    }
    pg_printf(failures->html, "<li><b>%s</b> ", kind);
    return true;
}

static void put_failed(struct failures *failures, const json_t *list, const char *kind,
                       const char *name, bool (*failed)(const json_t *one)) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (!failed(one) || !begin_failure(failures, kind)) {
            continue;
        }
        pg_text(failures->html, pg_member(one, "id"));
        pg_raw(failures->html, " ");
        pg_text(failures->html, pg_member(one, name));
        pg_raw(failures->html, ": <span class=\"reason\">");
        pg_text(failures->html, pg_member(one, "reason"));
        pg_raw(failures->html, "</span></li>");
    }
}

static void put_failures(struct pg_html *html, const json_t *report) {
    struct failures failures = {.html = html};
    const json_t *problems = json_object_get(report, "problems");
    pg_raw(html, "<ul class=\"failures\">");
    for (size_t i = 0; i < json_array_size(problems); i++) {
        if (begin_failure(&failures, "problem")) {
            pg_text(html, json_string_value(json_array_get(problems, i)));
            pg_raw(html, "</li>");
        }
    }
    put_failed(&failures, json_object_get(report, "steps"), "step", "text", step_failed);
    put_failed(&failures, json_object_get(report, "expectations"), "expected", "text", has_reason);
    put_failed(&failures, json_object_get(report, "invariants"), "invariant", "title", has_reason);
    if (failures.count > FAILURES_MAX) {
        pg_printf(html, "<li>and %zu more, below</li>", failures.count - FAILURES_MAX);
    }
    pg_raw(html, "</ul>\n");
}

void pg_summary(struct pg_html *html, const json_t *report, const struct pg_calls *calls) {
    put_banner(html, report);
    put_failures(html, report);
    pg_raw(html, "<ul class=\"scores\">");
    put_score(html, "steps", "steps", json_object_get(report, "steps"), step_failed);
    put_score(html, "expectations", "expectations", json_object_get(report, "expectations"),
              has_reason);
    put_score(html, "invariants", "invariants", json_object_get(report, "invariants"), has_reason);
    put_messages(html, calls);
    pg_raw(html, "</ul>\n<dl class=\"facts\">");
    put_fact(html, "file", report, "file");
    put_fact(html, "seed", report, "seed");
    put_fact(html, "played in", report, "took_ms");
    put_fact(html, "network built in", report, "build_ms");
    pg_raw(html, "</dl>\n");
}
