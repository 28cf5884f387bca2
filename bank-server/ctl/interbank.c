/* What is booked and what is under way between this bank and its peers, by settlement window. */
#include "ctl/command.h"

#include "bankctl_sql.h"

#define WINDOW_MAX 99999999

static const struct ctl_column window_columns[] = {
    {"window", CTL_INTEGER},
    {"business_date", CTL_TEXT},
};

/* net: positive, the peer owes this bank. */
static const struct ctl_column position_columns[] = {
    {"peer", CTL_TEXT},     {"name", CTL_TEXT}, {"window", CTL_INTEGER}, {"debits", CTL_MONEY},
    {"credits", CTL_MONEY}, {"net", CTL_MONEY}, {"items", CTL_INTEGER},
};

static const struct ctl_column item_columns[] = {
    {"txid", CTL_TEXT},      {"window", CTL_INTEGER}, {"amount", CTL_MONEY},
    {"operation", CTL_TEXT}, {"phase", CTL_INTEGER},
};

static const struct ctl_column saf_columns[] = {
    {"peer", CTL_TEXT},          {"txid", CTL_TEXT},        {"phase", CTL_INTEGER},
    {"method", CTL_TEXT},        {"attempts", CTL_INTEGER}, {"age_s", CTL_INTEGER},
    {"next_try_s", CTL_INTEGER}, {"exception", CTL_FLAG},
};

/* One query as tw_audit. */
static struct tw_status print_query(struct ctl *ctl, const char *sql, size_t count,
                                    const char *const *parameters, const struct ctl_column *columns,
                                    size_t column_count, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, sql, count, parameters, &rows, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_rows(ctl, columns, column_count, rows);
    }
    return status;
}

/* An option that is a number, as a parameter: NULL when it was not given. */
static struct tw_status number_option(const struct ctl_arguments *arguments, const char *name,
                                      int64_t min, char buffer[CTL_NUMBER_TEXT_SIZE],
                                      const char **ret_parameter, struct tw_error *ret_error) {
    int64_t number;
    *ret_parameter = NULL;
    struct tw_status status =
        ctl_option_number(arguments, name, min, WINDOW_MAX, 0, &number, ret_error);
    if (tw_ok(status) && ctl_option(arguments, name) != NULL) {
        *ret_parameter = ctl_number_text(number, buffer);
    }
    return status;
}

static void print_window(const struct ctl *ctl, const PGresult *row) {
    ctl_print_record(ctl, window_columns, CTL_COUNT(window_columns),
                     (const char *const[]){PQgetvalue(row, 0, 0), PQgetvalue(row, 0, 1)});
}

struct tw_status ctl_window_show(struct ctl *ctl, const struct ctl_arguments *arguments,
                                 struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, ctl_sql_window_show, 0, NULL, &row, ret_error);
    }
    if (tw_ok(status)) {
        print_window(ctl, row);
    }
    return status;
}

struct tw_status ctl_window_advance(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT row = NULL;
    char subject[64];
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, ctl_sql_window_advance, 0, NULL, &row, ret_error);
    }
    if (tw_ok(status)) {
        snprintf(subject, sizeof subject, "window %s", PQgetvalue(row, 0, 0));
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    if (tw_ok(status)) {
        print_window(ctl, row);
    }
    return status;
}

struct tw_status ctl_positions(struct ctl *ctl, const struct ctl_arguments *arguments,
                               struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    const char *window;
    struct tw_status status = number_option(arguments, "window", 1, number, &window, ret_error);
    return tw_ok(status) ? print_query(ctl, ctl_sql_positions, 1, &window, position_columns,
                                       CTL_COUNT(position_columns), ret_error)
                         : status;
}

struct tw_status ctl_interbank_items(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    char numbers[2][CTL_NUMBER_TEXT_SIZE];
    const char *parameters[2];
    struct tw_status status =
        number_option(arguments, "peer", 90000000, numbers[0], &parameters[0], ret_error);
    if (tw_ok(status)) {
        status = number_option(arguments, "window", 1, numbers[1], &parameters[1], ret_error);
    }
    return tw_ok(status) ? print_query(ctl, ctl_sql_interbank_items, 2, parameters, item_columns,
                                       CTL_COUNT(item_columns), ret_error)
                         : status;
}

struct tw_status ctl_saf(struct ctl *ctl, const struct ctl_arguments *arguments,
                         struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    char ahead[CTL_NUMBER_TEXT_SIZE];
    const char *parameters[2] = {NULL, ctl_number_text(tw_ahead_ms(ctl->clock), ahead)};
    struct tw_status status =
        number_option(arguments, "peer", 90000000, number, &parameters[0], ret_error);
    return tw_ok(status) ? print_query(ctl, ctl_sql_saf_list, 2, parameters, saf_columns,
                                       CTL_COUNT(saf_columns), ret_error)
                         : status;
}
