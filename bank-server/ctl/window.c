/*
 * Settlement windows: which is open, when the bank begins the next, and what the closed ones still
 * wait for. A cut-over waits a moment at most for the batches in flight (cut_over() in the
 * database) and is tried again for a few seconds, with pauses in which the others go on.
 */
#include <string.h>
#include <time.h>

#include "ctl/command.h"
#include "ctl/query.h"

#include "bankctl_sql.h"

#define LIST_MAX       100000
#define LIST_DEFAULT   20
#define CUT_OVER_TRIES 10

static const struct ctl_column window_columns[] = {
    {"window", CTL_INTEGER}, {"business_date", CTL_TEXT}, {"opened_at", CTL_TEXT},
    {"schedule", CTL_TEXT},  {"unsettled", CTL_INTEGER},
};

static const struct ctl_column list_columns[] = {
    {"window", CTL_INTEGER}, {"state", CTL_TEXT}, {"opened_at", CTL_TEXT}, {"closed_at", CTL_TEXT},
    {"final_at", CTL_TEXT},  {"net", CTL_MONEY},  {"breaks", CTL_INTEGER}, {"reason", CTL_TEXT},
};

static const struct ctl_column pair_columns[] = {
    {"window", CTL_INTEGER}, {"peer", CTL_TEXT},      {"name", CTL_TEXT},
    {"state", CTL_TEXT},     {"debits", CTL_MONEY},   {"credits", CTL_MONEY},
    {"net", CTL_MONEY},      {"breaks", CTL_INTEGER}, {"reason", CTL_TEXT},
};

static const struct ctl_column open_item_columns[] = {
    {"peer", CTL_TEXT},     {"window", CTL_INTEGER},   {"txid", CTL_TEXT},
    {"phase", CTL_INTEGER}, {"method", CTL_TEXT},      {"amount", CTL_MONEY},
    {"age_s", CTL_INTEGER}, {"attempts", CTL_INTEGER},
};

static const char *now_text(const struct ctl *ctl, char buffer[CTL_NUMBER_TEXT_SIZE]) {
    return ctl_number_text(tw_wall_ms(ctl->clock), buffer);
}

static struct tw_status print_window(const struct ctl *ctl, PGconn *connection,
                                     struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status = ctl_query(connection, ctl_sql_window_show, 0, NULL, &row, ret_error);
    if (tw_ok(status)) {
        const char *values[CTL_COUNT(window_columns)];
        for (size_t i = 0; i < CTL_COUNT(window_columns); i++) {
            values[i] = PQgetisnull(row, 0, (int)i) ? NULL : PQgetvalue(row, 0, (int)i);
        }
        ctl_print_record(ctl, window_columns, CTL_COUNT(window_columns), values);
    }
    return status;
}

struct tw_status ctl_window_show(struct ctl *ctl, const struct ctl_arguments *arguments,
                                 struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    return tw_ok(status) ? print_window(ctl, connection, ret_error) : status;
}

/* Begins a transaction that has cut over; *ret_window is the window it opens. */
static struct tw_status cut_over(struct ctl *ctl, PGconn **ret_connection, int64_t *ret_window,
                                 struct tw_error *ret_error) {
    static const struct timespec pause = {.tv_nsec = 250000000};
    char now[CTL_NUMBER_TEXT_SIZE];
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    *ret_window = 0;
    for (int tried = 0; tw_ok(status) && *ret_window == 0 && tried < CUT_OVER_TRIES; tried++) {
        CTL_AUTO_RESULT row = NULL;
        if (tried > 0) {
            (void)nanosleep(&pause, NULL);
        }
        status = CTL_QUERY(connection, ctl_sql_window_advance, &row, ret_error, now_text(ctl, now));
        if (tw_ok(status) && PQgetisnull(row, 0, 0)) {
            return tw_fail(ret_error, TW_E_CONFLICT, "another cut-over came first");
        }
        *ret_window = tw_ok(status) ? ctl_result_number(row, 0, 0) : 0;
    }
    if (tw_ok(status) && *ret_window == 0) {
        return tw_fail(ret_error, TW_E_CONFLICT,
                       "batches in flight do not end: is a bank server frozen?");
    }
    *ret_connection = connection;
    connection = NULL;
    return status;
}

struct tw_status ctl_window_advance(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_CONNECTION connection = NULL;
    int64_t window = 0;
    char subject[64];
    struct tw_status status = cut_over(ctl, &connection, &window, ret_error);
    if (tw_ok(status)) {
        snprintf(subject, sizeof subject, "window %" PRId64, window);
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    return tw_ok(status) ? print_window(ctl, connection, ret_error) : status;
}

/* "06:00,14:00": what the table's constraint allows. */
static bool times_valid(const char *text) {
    static const char digits[] = "0123456789";
    while (true) {
        bool shaped = strspn(text, digits) == 2 && text[2] == ':' && strspn(text + 3, digits) == 2;
        if (!shaped || strncmp(text, "23", 2) > 0 || strncmp(text + 3, "59", 2) > 0) {
            return false;
        }
        if (text[5] != ',') {
            return text[5] == '\0';
        }
        text += 6;
    }
}

struct tw_status ctl_window_schedule(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    const char *times = ctl_word(arguments, 0);
    char now[CTL_NUMBER_TEXT_SIZE];
    char subject[160];
    CTL_AUTO_CONNECTION connection = NULL;
    times = strcmp(times, "none") == 0 ? "" : times;
    if (*times != '\0' && !times_valid(times)) {
        return tw_fail(ret_error, TW_E_INVALID_PARAMS,
                       "times are HH:MM in UTC, separated by commas; or none");
    }
    struct tw_status status = ctl_begin_change(ctl, &connection, ret_error);
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, ctl_sql_window_schedule, NULL, ret_error, times,
                           now_text(ctl, now));
    }
    if (tw_ok(status)) {
        snprintf(subject, sizeof subject, "window schedule %s", *times != '\0' ? times : "none");
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    return tw_ok(status) ? print_window(ctl, connection, ret_error) : status;
}

struct tw_status ctl_window_list(struct ctl *ctl, const struct ctl_arguments *arguments,
                                 struct tw_error *ret_error) {
    int64_t count;
    char number[CTL_NUMBER_TEXT_SIZE];
    struct tw_status status =
        ctl_option_number(arguments, "count", 1, LIST_MAX, LIST_DEFAULT, &count, ret_error);
    if (!tw_ok(status)) {
        return status;
    }
    const char *parameter = ctl_number_text(count, number);
    return ctl_print_query(ctl, ctl_sql_window_list, 1, &parameter, list_columns,
                           CTL_COUNT(list_columns), ret_error);
}

struct tw_status ctl_window_pairs(struct ctl *ctl, const struct ctl_arguments *arguments,
                                  struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    const char *window;
    struct tw_status status =
        ctl_number_parameter(arguments, "window", 1, number, &window, ret_error);
    return tw_ok(status) ? ctl_print_query(ctl, ctl_sql_window_pairs, 1, &window, pair_columns,
                                           CTL_COUNT(pair_columns), ret_error)
                         : status;
}

struct tw_status ctl_window_open_items(struct ctl *ctl, const struct ctl_arguments *arguments,
                                       struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    const char *peer;
    struct tw_status status =
        ctl_number_parameter(arguments, "peer", 90000000, number, &peer, ret_error);
    return tw_ok(status)
               ? ctl_print_query(ctl, ctl_sql_window_open_items, 1, &peer, open_item_columns,
                                 CTL_COUNT(open_item_columns), ret_error)
               : status;
}
