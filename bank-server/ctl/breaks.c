/*
 * Reconciliation breaks: what differs between this bank's book and a peer's, who looks after it,
 * and how it ends.
 *
 * A break is resolved by a posting (ops/break_correct.c) whose txid is the break's id. That
 * decision is the truth; the mark on the break is copied from it, under a lock of the break's row
 * that is held from before the posting, so that the flow that reconciles cannot take the break away
 * meanwhile. When this process dies in between, the break counts as resolved everywhere, and the
 * same command again only sets the mark.
 */
#include <string.h>

#include "ctl/command.h"
#include "ctl/counter.h"
#include "ctl/money.h"
#include "ctl/query.h"

#include "bankctl_sql.h"

#define BREAK_COLUMNS                                                                              \
    {"break", CTL_TEXT}, {"window", CTL_INTEGER}, {"peer", CTL_TEXT}, {"txid", CTL_TEXT},          \
        {"class", CTL_TEXT}, {"ours", CTL_MONEY}, {"theirs", CTL_MONEY}, {"age", CTL_TEXT},        \
        {"owner", CTL_TEXT}, {                                                                     \
        "state", CTL_TEXT                                                                          \
    }

static const struct ctl_column list_columns[] = {BREAK_COLUMNS};

/* late: items of its operation that came after the comparison. */
static const struct ctl_column show_columns[] = {
    BREAK_COLUMNS,          {"other_window", CTL_INTEGER}, {"resolution", CTL_TEXT},
    {"settled", CTL_MONEY}, {"next_window", CTL_INTEGER},  {"note", CTL_TEXT},
    {"late", CTL_MONEY},
};

struct tw_status ctl_breaks(struct ctl *ctl, const struct ctl_arguments *arguments,
                            struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    const char *parameters[2] = {NULL, ctl_flag(arguments, "all") ? "t" : "f"};
    struct tw_status status =
        ctl_number_parameter(arguments, "window", 1, number, &parameters[0], ret_error);
    return tw_ok(status) ? ctl_print_query(ctl, ctl_sql_breaks, 2, parameters, list_columns,
                                           CTL_COUNT(list_columns), ret_error)
                         : status;
}

static struct tw_status read_id(const struct ctl_arguments *arguments, struct tw_uuid *ret_id,
                                char text[TW_UUID_TEXT_SIZE], struct tw_error *ret_error) {
    if (!tw_uuid_parse(ctl_word(arguments, 0), ret_id)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "a break is named by its UUID");
    }
    tw_uuid_text(ret_id, text);
    return tw_success();
}

static struct tw_status print_break(struct ctl *ctl, const struct tw_uuid *id,
                                    struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status =
        ctl_find(ctl, ctl_sql_break_show, id, "there is no break", &row, ret_error);
    if (tw_ok(status)) {
        const char *values[CTL_COUNT(show_columns)];
        for (size_t i = 0; i < CTL_COUNT(show_columns); i++) {
            values[i] = PQgetisnull(row, 0, (int)i) ? NULL : PQgetvalue(row, 0, (int)i);
        }
        ctl_print_record(ctl, show_columns, CTL_COUNT(show_columns), values);
    }
    return status;
}

struct tw_status ctl_break_show(struct ctl *ctl, const struct ctl_arguments *arguments,
                                struct tw_error *ret_error) {
    struct tw_uuid id;
    char text[TW_UUID_TEXT_SIZE];
    struct tw_status status = read_id(arguments, &id, text, ret_error);
    return tw_ok(status) ? print_break(ctl, &id, ret_error) : status;
}

struct tw_status ctl_break_assign(struct ctl *ctl, const struct ctl_arguments *arguments,
                                  struct tw_error *ret_error) {
    struct tw_uuid id;
    char text[TW_UUID_TEXT_SIZE];
    char subject[160];
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = read_id(arguments, &id, text, ret_error);
    if (tw_ok(status)) {
        status = ctl_begin_change(ctl, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_break_assign, &row, ret_error, text,
                           ctl_word(arguments, 1));
    }
    if (tw_ok(status) && PQntuples(row) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "there is no break %s", text);
    }
    if (tw_ok(status)) {
        snprintf(subject, sizeof subject, "break %s to %s", text, ctl_word(arguments, 1));
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    return tw_ok(status) ? print_break(ctl, &id, ret_error) : status;
}

/* --- resolving ------------------------------------------------------------------------------- */

/* What the operator wants, and what there is. */
struct resolving {
    struct tw_uuid id;
    char text[TW_UUID_TEXT_SIZE];
    const char *resolution; /* "OURS", "THEIRS", "NEITHER" */
    bool has_amount;
    int64_t amount_minor;  /* of NEITHER, debit positive */
    int64_t wanted_window; /* 0: the open one */
    int64_t theirs_minor;
    int64_t ours_minor;
    struct bank_break_request request;
};

/* "12.00" or "-12.00". */
static struct tw_status read_amount(const struct ctl *ctl, const char *text, int64_t *ret_amount,
                                    struct tw_error *ret_error) {
    bool negative = text[0] == '-';
    struct tw_status status =
        tw_money_parse(negative ? text + 1 : text, ctl->format.currency, ret_amount, ret_error);
    if (tw_ok(status) && negative) {
        *ret_amount = -*ret_amount;
    }
    return status;
}

static struct tw_status read_resolution(const struct ctl *ctl,
                                        const struct ctl_arguments *arguments,
                                        struct resolving *resolving, struct tw_error *ret_error) {
    static const struct {
        const char *word, *resolution;
    } table[] = {{"ours", "OURS"}, {"theirs", "THEIRS"}, {"neither", "NEITHER"}};
    const char *amount = ctl_option(arguments, "amount");
    for (size_t i = 0; i < CTL_COUNT(table); i++) {
        if (strcmp(ctl_option(arguments, "as"), table[i].word) == 0) {
            resolving->resolution = table[i].resolution;
        }
    }
    if (resolving->resolution == NULL) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS, "--as is ours, theirs or neither");
    }
    if ((amount != NULL) != (strcmp(resolving->resolution, "NEITHER") == 0)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "--amount says what is right when neither book is, and only then");
    }
    resolving->has_amount = amount != NULL;
    struct tw_status status = amount != NULL
                                  ? read_amount(ctl, amount, &resolving->amount_minor, ret_error)
                                  : tw_success();
    return tw_ok(status) ? ctl_option_number(arguments, "window", 1, 99999999, 0,
                                             &resolving->wanted_window, ret_error)
                         : status;
}

/* Locks the break. */
static struct tw_status lock(PGconn *connection, struct resolving *resolving,
                             struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct bank_break_request *request = &resolving->request;
    struct tw_status status =
        CTL_QUERY(connection, ctl_sql_break_lock, &row, ret_error, resolving->text);
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(row) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "there is no break %s", resolving->text);
    }
    const char *pair = PQgetvalue(row, 0, 3);
    if (strcmp(pair, "AGREED") != 0 && strcmp(pair, "SETTLED") != 0 &&
        strcmp(pair, "EXCLUDED") != 0) {
        return tw_fail(ret_error, TW_E_CONFLICT,
                       "the window is still being compared with that bank (%s)", pair);
    }
    request->header.txid = resolving->id;
    request->window_no = (int32_t)ctl_result_number(row, 0, 0);
    request->peer = (int32_t)ctl_result_number(row, 0, 1);
    resolving->theirs_minor = ctl_result_number(row, 0, 2);
    request->next_window_no =
        (int32_t)(resolving->wanted_window != 0 ? resolving->wanted_window
                                                : ctl_result_number(row, 0, 4));
    snprintf(request->resolution, sizeof request->resolution, "%s", resolving->resolution);
    return status;
}

/* What this book has of it, and what is to be booked instead. */
static struct tw_status read_parts(PGconn *connection, struct resolving *resolving,
                                   struct tw_error *ret_error) {
    CTL_AUTO_RESULT rows = NULL;
    struct bank_break_request *request = &resolving->request;
    struct tw_status status =
        CTL_QUERY(connection, ctl_sql_break_parts, &rows, ret_error, resolving->text);
    for (int row = 0; tw_ok(status) && row < PQntuples(rows); row++) {
        int64_t stripe = ctl_result_number(rows, row, 0);
        tw_assert(stripe >= 0 && stripe < BANK_STRIPES);
        request->ours[stripe] = ctl_result_number(rows, row, 1);
        resolving->ours_minor += request->ours[stripe];
    }
    request->settled = resolving->has_amount                        ? resolving->amount_minor
                       : strcmp(resolving->resolution, "OURS") == 0 ? resolving->ours_minor
                                                                    : resolving->theirs_minor;
    return status;
}

static struct tw_status check_next_window(PGconn *connection, const struct resolving *resolving,
                                          struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    char numbers[2][CTL_NUMBER_TEXT_SIZE];
    struct tw_status status =
        CTL_QUERY(connection, ctl_sql_window_agreed, &row, ret_error,
                  ctl_number_text(resolving->request.peer, numbers[0]),
                  ctl_number_text(resolving->request.next_window_no, numbers[1]));
    if (tw_ok(status) && PQgetvalue(row, 0, 0)[0] == 't') {
        return tw_fail(ret_error, TW_E_CONFLICT,
                       "window %s is agreed with that bank: choose a later one, at both banks",
                       numbers[1]);
    }
    return status;
}

/* Copies the decision to the break's row. NOT_FOUND: there is none. */
static struct tw_status mark(PGconn *connection, const struct resolving *resolving,
                             const char *note, struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status =
        CTL_QUERY(connection, ctl_sql_break_mark, &row, ret_error, resolving->text, note);
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(row) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "nothing was booked for break %s",
                       resolving->text);
    }
    bool as_asked = strcmp(PQgetvalue(row, 0, 0), resolving->resolution) == 0;
    status = ctl_commit(connection, ret_error);
    return tw_ok(status) && !as_asked
               ? tw_fail(ret_error, TW_E_CONFLICT, "it was resolved otherwise already: break show")
               : status;
}

static struct tw_status post(struct ctl *ctl, const struct resolving *resolving,
                             struct tw_error *ret_error) {
    struct ctl_counter *counter = NULL;
    struct bank_decision decision;
    char subject[192];
    char amount[TW_MONEY_TEXT_SIZE];
    snprintf(subject, sizeof subject, "break %s as %s, %s in window %d", resolving->text,
             resolving->resolution,
             tw_money_text(resolving->request.settled, ctl->format.currency, amount),
             (int)resolving->request.next_window_no);
    struct tw_status status = ctl_money_log(ctl, subject, ret_error);
    if (tw_ok(status)) {
        status = ctl_counter_open(ctl, &counter, ret_error);
    }
    if (tw_ok(status)) {
        status = ctl_counter_correct(counter, &resolving->request, &decision, ret_error);
    }
    ctl_counter_close(counter);
    return status;
}

/* The break is locked in connection's transaction. */
static struct tw_status resolve(struct ctl *ctl, PGconn *connection, struct resolving *resolving,
                                const char *note, struct tw_error *ret_error) {
    struct tw_error unmarked = {0};
    struct tw_status status = mark(connection, resolving, note, &unmarked);
    if (tw_ok(status) || unmarked.code != TW_E_NOT_FOUND) {
        return tw_ok(status) ? status : tw_fail(ret_error, unmarked.code, "%s", unmarked.detail);
    }
    status = read_parts(connection, resolving, ret_error);
    if (tw_ok(status)) {
        status = check_next_window(connection, resolving, ret_error);
    }
    if (tw_ok(status)) {
        status = post(ctl, resolving, ret_error);
    }
    return tw_ok(status) ? mark(connection, resolving, note, ret_error) : status;
}

struct tw_status ctl_break_resolve(struct ctl *ctl, const struct ctl_arguments *arguments,
                                   struct tw_error *ret_error) {
    struct resolving resolving = {0};
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = read_id(arguments, &resolving.id, resolving.text, ret_error);
    if (tw_ok(status)) {
        status = ctl_begin_change(ctl, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = read_resolution(ctl, arguments, &resolving, ret_error);
    }
    if (tw_ok(status)) {
        status = lock(connection, &resolving, ret_error);
    }
    if (tw_ok(status)) {
        status = resolve(ctl, connection, &resolving, ctl_option(arguments, "note"), ret_error);
    }
    return tw_ok(status) ? print_break(ctl, &resolving.id, ret_error) : status;
}
