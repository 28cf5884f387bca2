/*
 * The operator's proof that the books are right: every invariant of sql/checks, then the hash
 * chain, in one snapshot, as a role that can only read. A check is a query for violations; a cursor
 * is put around it so that a badly broken book does not fill memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/chain_check.h"
#include "ctl/command.h"
#include "desk/findings.h"

#include "bankctl_checks.h"
#include "bankctl_sql.h"

#define HEADS_FILE_MAX ((size_t)1024 * 1024)

/* Plans for all rows, not for the first; hashes in memory. */
static const char snapshot_sql[] =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    "SET LOCAL cursor_tuple_fraction = 1; SET LOCAL work_mem = '256MB'; SET LOCAL jit = off";

static struct tw_status run_checks(struct ctl_findings *findings, PGconn *connection,
                                   struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; tw_ok(status) && i < CTL_COUNT(bank_check_files); i++) {
        status = ctl_findings_check(findings, connection, bank_check_files[i].name,
                                    bank_check_files[i].text, ret_error);
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
        ctl_examples_take(rows, examples, &total);
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
        status = ctl_findings_report(&findings, ret_error);
    } else {
        /* Whatever the reason was: an audit that could not run never counts as "violated". */
        status = tw_fail(ret_error, TW_E_DATABASE, "the audit could not run: %s", error.detail);
    }
    json_decref(findings.checks);
    return status;
}
