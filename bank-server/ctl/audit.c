/*
 * The operator's proof that the books are right: every invariant of sql/checks, then the hash
 * chain, in one snapshot, as a role that can only read. A check is a query for violations; a cursor
 * is put around it so that a badly broken book does not fill memory.
 */
#include "ctl/audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/chain_check.h"
#include "ctl/command.h"

#include "bankctl_checks.h"
#include "bankctl_sql.h"

#define HEADS_FILE_MAX ((size_t)1024 * 1024)

/* Plans for all rows, not for the first; hashes in memory. */
static const char snapshot_sql[] =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    "SET LOCAL cursor_tuple_fraction = 1; SET LOCAL work_mem = '256MB'; SET LOCAL jit = off";

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
    if (!findings->ctl->json) {
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

static void take_violations(const PGresult *rows, json_t *examples, size_t *total) {
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
        take_violations(rows, examples, ret_total);
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

static struct tw_status run_check(struct ctl_findings *findings, PGconn *connection,
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

static struct tw_status run_checks(struct ctl_findings *findings, PGconn *connection,
                                   struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; tw_ok(status) && i < CTL_COUNT(bank_check_files); i++) {
        status = run_check(findings, connection, bank_check_files[i].name, bank_check_files[i].text,
                           ret_error);
    }
    return status;
}

static struct tw_status read_heads_file(const char *file, char **ret_text,
                                        struct tw_error *ret_error) {
    FILE *in = fopen(file, "re");
    if (in == NULL) {
        return tw_fail(ret_error, TW_E_IO, "%s: %s", file, strerror(errno));
    }
    char *text = calloc(1, HEADS_FILE_MAX + 1);
    tw_assert(text != NULL);
    size_t length = fread(text, 1, HEADS_FILE_MAX, in);
    (void)fclose(in);
    if (length == 0 || length == HEADS_FILE_MAX) {
        free(text);
        return tw_fail(ret_error, TW_E_IO, "%s: empty or too large", file);
    }
    *ret_text = text;
    return tw_success();
}

/* Heads that were kept elsewhere must still be in the chain: nobody cut or rewrote it since. */
static struct tw_status check_kept_heads(struct ctl_findings *findings, PGconn *connection,
                                         const char *heads, struct tw_error *ret_error) {
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = CTL_QUERY(connection, ctl_sql_audit_heads, &rows, ret_error, heads);
    if (tw_ok(status)) {
        size_t total = 0;
        json_t *examples = json_array();
        take_violations(rows, examples, &total);
        ctl_findings_add(findings, "kept_heads", "Chain: the heads kept elsewhere are still in it",
                         examples, total);
    }
    return status;
}

static struct tw_status run_audit(struct ctl_findings *findings, PGconn *connection,
                                  const char *heads, struct tw_error *ret_error) {
    struct tw_status status = ctl_script(connection, snapshot_sql, ret_error);
    if (tw_ok(status)) {
        status = run_checks(findings, connection, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_chain_check(findings, connection, ret_error);
    }
    if (tw_ok(status) && heads != NULL) {
        status = check_kept_heads(findings, connection, heads, ret_error);
    }
    return tw_ok(status) ? ctl_script(connection, "ROLLBACK", ret_error) : status;
}

static struct tw_status report(const struct ctl_findings *findings, struct tw_error *ret_error) {
    size_t checks = json_array_size(findings->checks);
    const struct ctl *ctl = findings->ctl;
    if (ctl->json) {
        ctl_print_json(ctl, json_pack("{s:b,s:O}", "clean", findings->failed == 0, "checks",
                                      findings->checks));
    } else {
        fprintf(ctl->out, "\n%zu checks, %zu violated\n", checks, findings->failed);
    }
    return findings->failed == 0 ? tw_success()
                                 : tw_fail(ret_error, TW_E_CONFLICT,
                                           "the books are wrong: %zu of %zu checks violated",
                                           findings->failed, checks);
}

struct tw_status ctl_audit(struct ctl *ctl, const struct ctl_arguments *arguments,
                           struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    char *heads = NULL;
    const char *heads_file = ctl_option(arguments, "heads");
    struct tw_error error = {0};
    struct tw_status status =
        heads_file != NULL ? read_heads_file(heads_file, &heads, &error) : tw_success();
    if (tw_ok(status)) {
        status = ctl_open(ctl, CTL_AUDIT, &connection, &error);
    }
    struct ctl_findings findings = {.ctl = ctl, .checks = json_array()};
    if (tw_ok(status)) {
        status = run_audit(&findings, connection, heads, &error);
    }
    free(heads);
    if (tw_ok(status)) {
        status = report(&findings, ret_error);
    } else {
        /* Whatever the reason was: an audit that could not run never counts as "violated". */
        status = tw_fail(ret_error, TW_E_DATABASE, "the audit could not run: %s", error.detail);
    }
    json_decref(findings.checks);
    return status;
}
