/* The page: verdict, key figures, plots, tables. Texts of others (the profile's name, what is
 * wrong) are escaped; nothing is loaded from anywhere. Written beside its name and renamed, so that
 * a page is whole or not there. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "atm-client/fleet/chart.h"
#include "atm-client/fleet/report.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Fleet report</title>\n<style>\n"
    "body{margin:0 auto;padding:24px;max-width:1040px;background:#fff;color:#1b1f24;"
    "font:15px/1.5 system-ui,\"Liberation Sans\",sans-serif}\n"
    "h1{font-size:26px;margin:0}h2{font-size:19px;margin:30px 0 8px;border-bottom:1px solid "
    "#d1d9e0}\n"
    ".verdict{display:inline-block;margin:12px 0;padding:8px 16px;border:2px "
    "solid;border-radius:8px;"
    "font-weight:700}.good{color:#00664f}.bad{color:#b23c00}\n"
    ".figures{display:flex;flex-wrap:wrap;gap:12px;padding:0;margin:0;list-style:none}"
    ".figures li{padding:8px 14px;background:#f3f5f7;border-radius:8px}"
    ".figures b{display:block;font-size:21px}\n"
    "table{border-collapse:collapse;width:100%}th,td{padding:4px 8px;text-align:right;"
    "border-bottom:1px solid #d1d9e0;font-variant-numeric:tabular-nums}"
    "th:first-child,td:first-child{text-align:left}\n"
    "figure{margin:0}figure svg{width:100%;height:auto}figcaption{color:#59636e}\n"
    "</style></head><body>\n";

static void put_text(FILE *page, const char *text) {
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            (void)fputs("&amp;", page);
            break;
        case '<':
            (void)fputs("&lt;", page);
            break;
        case '>':
            (void)fputs("&gt;", page);
            break;
        case '"':
            (void)fputs("&quot;", page);
            break;
        default:
            (void)fputc(*text, page);
        }
    }
}

static void put_figure(FILE *page, const char *name, int64_t value, const char *unit) {
    (void)fprintf(page, "<li><b>%" PRId64 "%s</b>%s</li>\n", value, unit, name);
}

static void put_summary(FILE *page, const struct fleet_report *report) {
    const struct fleet_tally *tally = report->tally;
    const struct fleet_result *result = report->result;
    bool good = fleet_result_good(tally, result);
    char when[32] = "";
    struct tm civil;
    time_t began = (time_t)(report->began_ms / 1000);
    if (gmtime_r(&began, &civil) != NULL)
        (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &civil);
    (void)fputs("<h1>Fleet: ", page);
    put_text(page, report->options->profile->name);
    (void)fprintf(page,
                  "</h1>\n<p>%s, seed %" PRId64 ", %" PRId64 ".%" PRId64 " s%s</p>\n"
                  "<p class=\"verdict %s\">%s</p>\n<ul class=\"figures\">\n",
                  when, report->options->profile->seed, result->elapsed_ms / 1000,
                  result->elapsed_ms % 1000 / 100, result->interrupted ? ", interrupted" : "",
                  good ? "good" : "bad",
                  good ? "GOOD: every note is where its journal says, nothing is left half done"
                       : "NOT GOOD: see what is wrong or left open");
    put_figure(page, "terminals", result->terminals, "");
    put_figure(page, "operations", (int64_t)fleet_tally_operations(tally), "");
    put_figure(page, "operations per second", fleet_report_rate(report), "");
    put_figure(page, "median latency", tw_latency_at(&tally->latency, 500) / 1000, " ms");
    put_figure(page, "99 % within", tw_latency_at(&tally->latency, 990) / 1000, " ms");
    put_figure(page, "customers", (int64_t)tally->customers, "");
    put_figure(page, "device faults", (int64_t)tally->faults, "");
    put_figure(page, "counts by the staff", (int64_t)tally->visits, "");
    put_figure(page, "memory per terminal", fleet_report_rss_per_terminal_kib(report), " KiB");
    (void)fputs("</ul>\n", page);
}

static void put_ms(FILE *page, const struct tw_latency *latency, unsigned per_mille) {
    int64_t us = tw_latency_at(latency, per_mille);
    (void)fprintf(page, "<td>%" PRId64 ".%" PRId64 "</td>", us / 1000, us % 1000 / 100);
}

static void put_kinds(FILE *page, const struct fleet_tally *tally) {
    (void)fputs("<h2>Operations</h2>\n<table><tr><th>kind</th>", page);
    for (int verdict = 0; verdict < FLEET_VERDICTS; verdict++)
        (void)fprintf(page, "<th>%s</th>", atm_verdict_name((enum atm_verdict)verdict));
    (void)fputs("<th>p50 ms</th><th>p95 ms</th><th>p99 ms</th></tr>\n", page);
    for (size_t kind = 0; kind < FLEET_KINDS_TOLD; kind++) {
        (void)fprintf(page, "<tr><td>%s</td>", fleet_kind_told(kind));
        for (int verdict = 0; verdict < FLEET_VERDICTS; verdict++)
            (void)fprintf(page, "<td>%" PRIu64 "</td>", tally->verdicts[kind][verdict]);
        put_ms(page, &tally->by_kind[kind], 500);
        put_ms(page, &tally->by_kind[kind], 950);
        put_ms(page, &tally->by_kind[kind], 990);
        (void)fputs("</tr>\n", page);
    }
    (void)fputs("</table>\n<h2>Response codes</h2>\n<table><tr><th>code</th><th>meaning</th>"
                "<th>answers</th></tr>\n",
                page);
    for (size_t code = 0; code < FLEET_CODES_TOLD; code++)
        if (tally->codes[code] > 0)
            (void)fprintf(page, "<tr><td>%s</td><td>%s</td><td>%" PRIu64 "</td></tr>\n",
                          fleet_code_told(code),
                          code == FLEET_NO_ANSWER ? "nobody answered"
                                                  : tw_rc_text((enum tw_rc)code),
                          tally->codes[code]);
    (void)fputs("</table>\n", page);
}

static void put_row(FILE *page, const char *name, int64_t value) {
    (void)fprintf(page, "<tr><td>%s</td><td>%" PRId64 "</td></tr>\n", name, value);
}

static void put_ends(FILE *page, const struct fleet_report *report) {
    const struct fleet_tally *tally = report->tally;
    const struct fleet_result *result = report->result;
    (void)fprintf(page, "<h2>At the end</h2>\n<p>After %" PRId64 " ms of draining.</p>\n<table>\n",
                  result->drained_ms);
    put_row(page, "terminals that did not end", result->unended);
    put_row(page, "messages that the hosts did not acknowledge", result->advices);
    put_row(page, "suspects that were not counted", result->suspects);
    put_row(page, "operations half done", result->half_done);
    put_row(page, "transfers pending (the banks still decide)", result->pending);
    put_row(page, "cards retained", result->lost_cards);
    put_row(page, "operations found unfinished at power-up", (int64_t)tally->recovered);
    put_row(page, "first counts that disagreed with the journal", (int64_t)tally->differences);
    put_row(page, "what contradicts itself", (int64_t)tally->problem_count);
    (void)fputs("</table>\n<ul>\n", page);
    for (size_t i = 0; i < tally->problem_count && i < FLEET_PROBLEMS_MAX; i++) {
        (void)fputs("<li>", page);
        put_text(page, tally->problems[i]);
        (void)fputs("</li>\n", page);
    }
    (void)fputs("</ul>\n</body></html>\n", page);
}

struct tw_status fleet_report_html(const char *file, const struct fleet_report *report,
                                   struct tw_error *ret_error) {
    char temporary[FLEET_PATH_SIZE];
    if (snprintf(temporary, sizeof temporary, "%s.new", file) >= (int)sizeof temporary)
        return tw_fail(ret_error, TW_E_IO, "the page's name is too long");
    FILE *page = fopen(temporary, "we");
    if (page == NULL)
        return tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", temporary, strerror(errno));
    (void)fputs(head, page);
    put_summary(page, report);
    struct tw_status status =
        fleet_chart_write(page, report->tally, report->options->config->folder, ret_error);
    put_kinds(page, report->tally);
    put_ends(page, report);
    bool written = ferror(page) == 0;
    if (fclose(page) != 0)
        written = false;
    if (tw_ok(status) && (!written || rename(temporary, file) != 0))
        status = tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", file, strerror(errno));
    if (!tw_ok(status))
        (void)unlink(temporary);
    return status;
}
