/* The whole page is made in memory, so that a full disk or no memory leaves no half of one behind
 * that looks like all of it; the largest are a few megabytes. */
#include "scenario/page.h"

#include <errno.h>
#include <string.h>

#include "scenario/page/parts.h"
#include "scenario_page.h"

static void put_head(struct pg_html *html, const json_t *report) {
    pg_raw(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>");
    pg_text(html, pg_member(report, "name"));
    pg_raw(html, json_is_true(json_object_get(report, "passed")) ? " passed" : " failed");
    pg_raw(html, "</title>\n<style>\n");
    pg_raw(html, scn_page_style);
    pg_raw(html, "</style>\n</head>\n<body>\n");
}

static void put_body(struct pg_html *html, const json_t *report, const struct pg_calls *calls) {
    pg_summary(html, report, calls);
    pg_raw(html, "<nav><a href=\"#steps\">Steps</a> <a href=\"#expectations\">Expected</a> "
                 "<a href=\"#messages\">Messages</a> <a href=\"#positions\">Positions</a> "
                 "<a href=\"#invariants\">Invariants</a></nav>\n");
    pg_steps(html, report);
    pg_raw(html, "<h2 id=\"messages\">Messages between the processes</h2>\n");
    pg_legend(html);
    pg_chart(html, report, calls);
    pg_positions(html, report);
    pg_tables(html, report);
    pg_invariants(html, report);
    pg_logs(html, report);
    pg_raw(html, "<script>\n");
    pg_raw(html, scn_page_script);
    pg_raw(html, "</script>\n</body>\n</html>\n");
}

struct tw_status scn_page_write(const json_t *report, FILE *out, struct tw_error *ret_error) {
    struct pg_html html = {0};
    struct pg_calls calls = {0};
    struct tw_status status = tw_success();
    if (pg_calls_read(report, &calls)) {
        put_head(&html, report);
        put_body(&html, report, &calls);
    } else {
        html.failed = true;
    }
    if (html.failed) {
        status = tw_fail(ret_error, TW_E_NO_MEMORY, "page");
    } else if (fwrite(tw_buffer_head(&html.text), 1, tw_buffer_length(&html.text), out) !=
                   tw_buffer_length(&html.text) ||
               fflush(out) != 0) {
        status = tw_fail(ret_error, TW_E_IO, "page: %s", strerror(errno));
    }
    pg_calls_free(&calls);
    tw_buffer_free(&html.text);
    return status;
}
