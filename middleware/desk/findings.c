/*
 * A check is a query for violations; a cursor is put around it so that badly broken books do not
 * fill memory.
 */
#include "desk/findings.h"

#include <stdlib.h>
#include <string.h>

void ctl_example_add(json_t *examples, const char *subject, const char *problem) {
    if (json_array_size(examples) >= CTL_VIOLATIONS_MAX) {
        return;
    }
    json_t *example = json_pack("{s:s,s:s}", "subject", subject, "problem", problem);
    int failed = json_array_append_new(examples, example);
    tw_assert(failed == 0);
}

static void print_check(FILE *out, const char *title, const json_t *examples, size_t total) {
    size_t index;
    json_t *example;
    fprintf(out, "%-9s %s\n", total == 0 ? "ok" : "VIOLATED", title);
    json_array_foreach(examples, index, example) {
        fprintf(out, "          %s: %s\n", json_string_value(json_object_get(example, "subject")),
                json_string_value(json_object_get(example, "problem")));
    }
    if (total > json_array_size(examples)) {
        fprintf(out, "          and %zu more\n", total - json_array_size(examples));
    }
}

void ctl_findings_add(struct ctl_findings *findings, const char *check, const char *title,
                      json_t *examples, size_t total) {
    findings->failed += total > 0;
    if (!findings->ctl->json && !findings->ctl->csv) {
        print_check(findings->ctl->out, title, examples, total);
        fflush(findings->ctl->out);
    }
    json_t *line = json_pack("{s:s,s:s,s:I,s:o}", "check", check, "title", title, "violations",
                             (json_int_t)total, "examples", examples);
    int failed = json_array_append_new(findings->checks, line);
    tw_assert(failed == 0);
}

/* The first line of a check behind "-- ". */
static void check_title(const char *sql, char *title, size_t size) {
    const char *start = sql + strspn(sql, "- ");
    snprintf(title, size, "%.*s", (int)strcspn(start, "\n"), start);
}

void ctl_examples_take(const PGresult *rows, json_t *examples, size_t *total) {
    for (int row = 0; row < PQntuples(rows); row++) {
        ctl_example_add(examples, PQgetvalue(rows, row, 0), PQgetvalue(rows, row, 1));
        ++*total;
    }
}

static struct tw_status fetch_violations(PGconn *connection, json_t *examples, size_t *ret_total,
                                         struct tw_error *ret_error) {
    int fetched;
    *ret_total = 0;
    do {
        CTL_AUTO_RESULT rows = NULL;
        struct tw_status status =
            ctl_query(connection, "FETCH 1000 FROM violation", 0, NULL, &rows, ret_error);
        if (!tw_ok(status)) {
            return status;
        }
        fetched = PQntuples(rows);
        ctl_examples_take(rows, examples, ret_total);
    } while (fetched > 0);
    return ctl_script(connection, "CLOSE violation", ret_error);
}

static struct tw_status declare_cursor(PGconn *connection, const char *sql,
                                       struct tw_error *ret_error) {
    static const char declare[] = "DECLARE violation NO SCROLL CURSOR FOR\n";
    size_t size = sizeof declare + strlen(sql);
    char *text = malloc(size);
    tw_assert(text != NULL);
    snprintf(text, size, "%s%s", declare, sql);
    struct tw_status status = ctl_script(connection, text, ret_error);
    free(text);
    return status;
}

struct tw_status ctl_findings_check(struct ctl_findings *findings, PGconn *connection,
                                    const char *name, const char *sql, struct tw_error *ret_error) {
    char title[160];
    size_t total = 0;
    json_t *examples = json_array();
    check_title(sql, title, sizeof title);
    struct tw_status status = declare_cursor(connection, sql, ret_error);
    if (tw_ok(status)) {
        status = fetch_violations(connection, examples, &total, ret_error);
    }
    if (tw_ok(status)) {
        ctl_findings_add(findings, name, title, examples, total);
    } else {
        json_decref(examples);
        if (ret_error != NULL) {
            status = tw_wrap(ret_error, "check %s", name);
        }
    }
    return status;
}

/* A line per check. */
static void print_csv(const struct ctl_findings *findings) {
    static const struct ctl_column columns[] = {
        {"check", CTL_TEXT}, {"title", CTL_TEXT}, {"violations", CTL_INTEGER}};
    struct ctl_table table;
    size_t i;
    json_t *check;
    ctl_table_init(&table, columns, CTL_COUNT(columns));
    json_array_foreach(findings->checks, i, check) {
        char violations[CTL_NUMBER_TEXT_SIZE];
        const int64_t count = json_integer_value(json_object_get(check, "violations"));
        ctl_table_add(&table, &findings->ctl->format,
                      (const char *const[]){json_string_value(json_object_get(check, "check")),
                                            json_string_value(json_object_get(check, "title")),
                                            ctl_number_text(count, violations)});
    }
    ctl_table_print_csv(&table, findings->ctl->out);
    ctl_table_clear(&table);
}

struct tw_status ctl_findings_report(const struct ctl_findings *findings,
                                     struct tw_error *ret_error) {
    size_t checks = json_array_size(findings->checks);
    const struct ctl *ctl = findings->ctl;
    if (ctl->json) {
        ctl_print_json(ctl, json_pack("{s:b,s:O}", "clean", findings->failed == 0, "checks",
                                      findings->checks));
    } else if (ctl->csv) {
        print_csv(findings);
    } else {
        fprintf(ctl->out, "\n%zu checks, %zu violated\n", checks, findings->failed);
    }
    return findings->failed == 0 ? tw_success()
                                 : tw_fail(ret_error, TW_E_CONFLICT,
                                           "the books are wrong: %zu of %zu checks violated",
                                           findings->failed, checks);
}
