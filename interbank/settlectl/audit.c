/*
 * The proof that the agent's books are right: every invariant of sql/settlement/checks in one
 * snapshot, then the signatures of everything that banks submitted and that they were told.
 */
#include <string.h>

#include "clearing/statement.h"
#include "desk/findings.h"
#include "settlectl/command.h"
#include "wire/json.h"

#include "settlectl_checks.h"
#include "settlectl_sql.h"

static struct tw_status run_checks(struct ctl_findings *findings, PGconn *connection,
                                   struct tw_error *ret_error) {
    struct tw_status status = tw_success();
    for (size_t i = 0; tw_ok(status) && i < CTL_COUNT(settlectl_check_files); i++) {
        status = ctl_findings_check(findings, connection, settlectl_check_files[i].name,
                                    settlectl_check_files[i].text, ret_error);
    }
    return status;
}

/* What a document must say, from the columns beside it. */
struct expected {
    const char *type;
    enum tw_identity_kind signer;
    int64_t window_no, bank_code, net_minor, revision;
};

/* NULL: all is well. */
static const char *judge_content(const struct expected *expected, const json_t *payload) {
    static struct ib_positions positions;
    static struct ib_finality finality;
    if (expected->signer == TW_ID_BANK) {
        struct tw_status status = ib_positions_read(payload, &positions, NULL);
        return !tw_ok(status) ? "its content is not positions"
               : positions.bank != expected->bank_code ||
                       positions.window_no != expected->window_no ||
                       positions.revision != expected->revision
                   ? "it is about something else"
               : positions.net != expected->net_minor ? "its net is not the stored one"
                                                      : NULL;
    }
    struct tw_status status = ib_finality_read(payload, &finality, NULL);
    return !tw_ok(status) ? "its content is not a result"
           : finality.bank != expected->bank_code || finality.window_no != expected->window_no
               ? "it is about something else"
           : finality.net != expected->net_minor ? "its net is not the stored one"
                                                 : NULL;
}

static const char *judge(const struct expected *expected, const char *text, const char *certificate,
                         const struct tw_trust *trust, struct tw_error *error) {
    struct tw_identity identity = {0};
    TW_JSON_OWNED json_t *payload = NULL;
    struct tw_status status =
        ib_signed_open(trust, expected->type, text, certificate, &identity, &payload, error);
    if (!tw_ok(status)) {
        return error->detail;
    }
    bool right = identity.kind == expected->signer &&
                 (identity.kind != TW_ID_BANK || identity.bank_code == expected->bank_code);
    return right ? judge_content(expected, payload) : "it was signed by somebody else";
}

static struct tw_status check_documents(struct ctl_findings *findings, PGconn *connection,
                                        const char *name, const char *title, const char *sql,
                                        struct expected expected, struct tw_error *ret_error) {
    const struct ctl_settings *settings = findings->ctl->settings;
    struct tw_trust trust = {settings->root, settings->crl, findings->ctl->clock, 0};
    CTL_AUTO_RESULT rows = NULL;
    json_t *examples = json_array();
    size_t total = 0;
    struct tw_status status = ctl_query(connection, sql, 0, NULL, &rows, ret_error);
    for (int row = 0; tw_ok(status) && row < PQntuples(rows); row++) {
        char subject[64];
        struct tw_error error = {0};
        expected.window_no = ctl_result_number(rows, row, 0);
        expected.bank_code = ctl_result_number(rows, row, 1);
        expected.net_minor = ctl_result_number(rows, row, 2);
        expected.revision = ctl_result_number(rows, row, 3);
        /* A certificate that has expired or was revoked since does not make it untrue. */
        trust.as_of_ms = ctl_result_number(rows, row, 6);
        const char *problem =
            judge(&expected, PQgetvalue(rows, row, 4), PQgetvalue(rows, row, 5), &trust, &error);
        if (problem != NULL) {
            snprintf(subject, sizeof subject, "window %s bank %s revision %s",
                     PQgetvalue(rows, row, 0), PQgetvalue(rows, row, 1), PQgetvalue(rows, row, 3));
            ctl_example_add(examples, subject, problem);
            total++;
        }
    }
    if (!tw_ok(status)) {
        json_decref(examples);
        return status;
    }
    ctl_findings_add(findings, name, title, examples, total);
    return status;
}

static struct tw_status run_audit(struct ctl_findings *findings, PGconn *connection,
                                  struct tw_error *ret_error) {
    struct tw_status status =
        ctl_script(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ret_error);
    if (tw_ok(status)) {
        status = run_checks(findings, connection, ret_error);
    }
    if (tw_ok(status)) {
        status = check_documents(findings, connection, "submissions_are_signed",
                                 "Submissions: signed by their banks, and say what is stored",
                                 settlectl_sql_audit_submissions,
                                 (struct expected){.type = IB_TYPE_POSITIONS, .signer = TW_ID_BANK},
                                 ret_error);
    }
    if (tw_ok(status)) {
        status = check_documents(findings, connection, "finality_is_signed",
                                 "Finality: signed by the agent, and says what is stored",
                                 settlectl_sql_audit_finalities,
                                 (struct expected){.type = IB_TYPE_FINALITY, .signer = TW_ID_AGENT},
                                 ret_error);
    }
    return tw_ok(status) ? ctl_script(connection, "ROLLBACK", ret_error) : status;
}

struct tw_status settlectl_audit(struct ctl *ctl, const struct ctl_arguments *arguments,
                                 struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_error error = {0};
    struct ctl_findings findings = {.ctl = ctl, .checks = json_array()};
    (void)arguments;
    struct tw_status status = settlectl_open(ctl, SETTLECTL_AUDIT, NULL, &connection, &error);
    if (tw_ok(status)) {
        status = run_audit(&findings, connection, &error);
    }
    if (tw_ok(status)) {
        status = ctl_findings_report(&findings, ret_error);
    } else {
        /* Whatever the reason was: an audit that could not run never counts as "violated". */
        status = tw_fail(ret_error, TW_E_DATABASE, "the audit could not run: %s", error.detail);
    }
    json_decref(findings.checks);
    return status;
}
