/* Terminals this bank acquires for. Enrolling one opens its two accounts in the same transaction:
 * 2TTTTTTTT for the cash in it, 3TTTTTTTT for cash approved and not yet confirmed. Many are
 * enrolled by one statement: a process and a commit for each would take minutes for thousands. */
#include <stdlib.h>

#include "ctl/command.h"

#include "bankctl_sql.h"

#define TERMINAL_MAX 99999999
#define ENROL_MAX    100000

static const struct ctl_column changed_columns[] = {
    {"terminal", CTL_TERMINAL},
    {"state", CTL_TEXT},
};

static const struct ctl_column enrolled_columns[] = {
    {"first_terminal", CTL_TERMINAL},
    {"terminals", CTL_INTEGER},
    {"added", CTL_INTEGER},
};

static const struct ctl_column list_columns[] = {
    {"terminal", CTL_TERMINAL}, {"location", CTL_TEXT},        {"status", CTL_TEXT},
    {"signed_on", CTL_FLAG},    {"pin_failures", CTL_INTEGER}, {"period", CTL_INTEGER},
    {"cash", CTL_MONEY},        {"clearing", CTL_MONEY},
};

static struct tw_status begin(struct ctl *ctl, const struct ctl_arguments *arguments,
                              PGconn **ret_connection, char ret_id[CTL_NUMBER_TEXT_SIZE],
                              struct tw_error *ret_error) {
    int64_t id;
    struct tw_status status =
        ctl_parse_number("terminal", ctl_word(arguments, 0), 1, TERMINAL_MAX, &id, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    ctl_number_text(id, ret_id);
    return ctl_begin_change(ctl, ret_connection, ret_error);
}

static struct tw_status finish(struct ctl *ctl, PGconn *connection, const char *id,
                               const char *state, struct tw_error *ret_error) {
    char subject[64];
    snprintf(subject, sizeof subject, "terminal %s", id);
    struct tw_status status = ctl_finish_change(ctl, connection, subject, ret_error);
    if (tw_ok(status)) {
        ctl_print_record(ctl, changed_columns, CTL_COUNT(changed_columns),
                         (const char *const[]){id, state});
    }
    return status;
}

/* --count: this terminal and those with the numbers that follow; who is enrolled already stays so.
 */
static struct tw_status enrol_many(struct ctl *ctl, const struct ctl_arguments *arguments,
                                   int64_t terminals, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT added = NULL;
    char id[CTL_NUMBER_TEXT_SIZE];
    char count[CTL_NUMBER_TEXT_SIZE];
    char subject[96];
    ctl_number_text(terminals, count);
    struct tw_status status = begin(ctl, arguments, &connection, id, ret_error);
    if (tw_ok(status) && strtoll(id, NULL, 10) + terminals - 1 > TERMINAL_MAX) {
        status = tw_fail(ret_error, TW_E_INVALID_PARAMS, "terminals have numbers up to %d",
                         TERMINAL_MAX);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_terminal_insert_many, &added, ret_error, id, count,
                           ctl_option(arguments, "location"));
    }
    if (tw_ok(status)) {
        snprintf(subject, sizeof subject, "%s terminals from %s", count, id);
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_record(ctl, enrolled_columns, CTL_COUNT(enrolled_columns),
                         (const char *const[]){id, count, PQgetvalue(added, 0, 0)});
    }
    return status;
}

struct tw_status ctl_terminal_enrol(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    char id[CTL_NUMBER_TEXT_SIZE];
    int64_t terminals;
    struct tw_status status =
        ctl_option_number(arguments, "count", 1, ENROL_MAX, 0, &terminals, ret_error);
    if (!tw_ok(status) || terminals > 0) {
        return tw_ok(status) ? enrol_many(ctl, arguments, terminals, ret_error) : status;
    }
    status = begin(ctl, arguments, &connection, id, ret_error);
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_terminal_insert, NULL, ret_error, id,
                           ctl_option(arguments, "location"));
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_terminal_accounts_insert, NULL, ret_error, id);
    }
    return tw_ok(status) ? finish(ctl, connection, id, "active", ret_error) : status;
}

/* An update that returns the terminal, or nothing when there is none it applies to. */
static struct tw_status update(struct ctl *ctl, const struct ctl_arguments *arguments,
                               const char *sql, const char *state, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT updated = NULL;
    char id[CTL_NUMBER_TEXT_SIZE];
    struct tw_status status = begin(ctl, arguments, &connection, id, ret_error);
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, sql, &updated, ret_error, id);
    }
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(updated) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "no active terminal %s", id);
    }
    return finish(ctl, connection, id, state, ret_error);
}

struct tw_status ctl_terminal_revoke(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    return update(ctl, arguments, ctl_sql_terminal_revoke, "revoked", ret_error);
}

struct tw_status ctl_terminal_unblock(struct ctl *ctl, const struct ctl_arguments *arguments,
                                      struct tw_error *ret_error) {
    return update(ctl, arguments, ctl_sql_terminal_unblock, "active", ret_error);
}

struct tw_status ctl_terminal_list(struct ctl *ctl, const struct ctl_arguments *arguments,
                                   struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, ctl_sql_terminal_list, 0, NULL, &rows, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_rows(ctl, list_columns, CTL_COUNT(list_columns), rows);
    }
    return status;
}
