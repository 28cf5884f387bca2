/* The index is a table of names, verdicts and links; everything in it is escaped. */
#include "scenario/pages.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "scenario/page.h"

static void escape(FILE *out, const char *text) {
    for (const char *at = text; *at != '\0'; at++) {
        const char *name = *at == '<'   ? "&lt;"
                           : *at == '>' ? "&gt;"
                           : *at == '&' ? "&amp;"
                           : *at == '"' ? "&quot;"
                                        : NULL;
        if (name != NULL)
            (void)fputs(name, out);
        else
            (void)fputc(*at, out);
    }
}

static struct tw_status failed(FILE *out, const char *file, struct tw_error *ret_error) {
    if (out != NULL)
        (void)fclose(out);
    return tw_fail(ret_error, TW_E_IO, "cannot write %s: %s", file, strerror(errno));
}

static struct tw_status write_page(const json_t *result, const char *folder,
                                   struct tw_error *ret_error) {
    SCN_OWNED file = scn_format("%s/%s.html", folder, scn_text_or(result, "name", "scenario"));
    FILE *out = fopen(file, "we");
    if (out == NULL)
        return failed(out, file, ret_error);
    struct tw_status status = scn_page_write(result, out, ret_error);
    if (!tw_ok(status)) {
        (void)fclose(out);
        return status;
    }
    return fclose(out) == 0 ? tw_success() : failed(NULL, file, ret_error);
}

static void write_row(FILE *out, const json_t *result) {
    bool passed = scn_flag(result, "passed");
    const char *name = scn_text_or(result, "name", "scenario");
    (void)fprintf(out, "<tr><td class=%s>%s<td><a href=\"", passed ? "good" : "bad",
                  passed ? "passed" : "FAILED");
    escape(out, name);
    (void)fprintf(out, ".html\">");
    escape(out, name);
    (void)fprintf(out, "</a><td>");
    escape(out, scn_text_or(result, "title", ""));
    int64_t ms = scn_number(result, "took_ms", 0);
    (void)fprintf(out, "<td class=n>%" PRId64 ".%" PRId64 " s\n", ms / 1000, ms % 1000 / 100);
}

static struct tw_status write_index(const json_t *results, const char *folder,
                                    struct tw_error *ret_error) {
    SCN_OWNED file = scn_format("%s/index.html", folder);
    FILE *out = fopen(file, "we");
    size_t index;
    const json_t *result;
    if (out == NULL)
        return failed(out, file, ret_error);
    (void)fputs("<!doctype html><html lang=en><meta charset=utf-8><title>Scenarios</title>\n"
                "<style>body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;"
                "padding:0 1em}table{border-collapse:collapse;width:100%}td{padding:.3em .6em;"
                "border-bottom:1px solid #8884}.good{color:#187a3c}.bad{color:#c0262d;"
                "font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums}"
                ":root{color-scheme:light dark}</style>\n<h1>Scenarios</h1><table>\n",
                out);
    json_array_foreach(results, index, result) write_row(out, result);
    (void)fputs("</table>\n", out);
    return fclose(out) == 0 ? tw_success() : failed(NULL, file, ret_error);
}

struct tw_status scn_pages_write(const json_t *results, const char *folder,
                                 struct tw_error *ret_error) {
    size_t index;
    const json_t *result;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return tw_fail(ret_error, TW_E_IO, "cannot make %s: %s", folder, strerror(errno));
    json_array_foreach(results, index, result) {
        struct tw_status status = write_page(result, folder, ret_error);
        if (!tw_ok(status))
            return status;
    }
    return write_index(results, folder, ret_error);
}
