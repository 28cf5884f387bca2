/* What a window was, from positions to exposures left; and what operators did. */
#include "settlectl/command.h"

#include "settlectl_sql.h"

static const struct ctl_column position_columns[] = {
    {"bank", CTL_TEXT},     {"name", CTL_TEXT}, {"debits", CTL_MONEY},
    {"credits", CTL_MONEY}, {"net", CTL_MONEY}, {"submitted", CTL_FLAG},
};

static const struct ctl_column bilateral_columns[] = {
    {"bank", CTL_TEXT}, {"peer", CTL_TEXT},      {"debits", CTL_MONEY},  {"credits", CTL_MONEY},
    {"net", CTL_MONEY}, {"breaks", CTL_INTEGER}, {"mirrored", CTL_FLAG}, {"settled", CTL_FLAG},
};

static const struct ctl_column queue_columns[] = {
    {"instruction", CTL_INTEGER}, {"payer", CTL_TEXT}, {"payee", CTL_TEXT},
    {"amount", CTL_MONEY},        {"state", CTL_TEXT}, {"step", CTL_INTEGER},
};

static const struct ctl_column action_columns[] = {
    {"done_at", CTL_TEXT}, {"operator", CTL_TEXT}, {"user", CTL_TEXT},
    {"action", CTL_TEXT},  {"subject", CTL_TEXT},
};

/* A query with the window as its one parameter. */
static struct tw_status print_of_window(struct ctl *ctl, const struct ctl_arguments *arguments,
                                        const char *sql, const struct ctl_column *columns,
                                        size_t count, struct tw_error *ret_error) {
    char buffer[CTL_NUMBER_TEXT_SIZE];
    const char *window = NULL;
    struct tw_status status = settlectl_window_option(arguments, buffer, &window, ret_error);
    return tw_ok(status) ? settlectl_print_query(ctl, NULL, sql, 1, (const char *const[]){window},
                                                 columns, count, ret_error)
                         : status;
}

struct tw_status settlectl_positions(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    return print_of_window(ctl, arguments, settlectl_sql_positions, position_columns,
                           CTL_COUNT(position_columns), ret_error);
}

struct tw_status settlectl_bilateral(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    return print_of_window(ctl, arguments, settlectl_sql_bilateral, bilateral_columns,
                           CTL_COUNT(bilateral_columns), ret_error);
}

struct tw_status settlectl_queue(struct ctl *ctl, const struct ctl_arguments *arguments,
                                 struct tw_error *ret_error) {
    return print_of_window(ctl, arguments, settlectl_sql_queue, queue_columns,
                           CTL_COUNT(queue_columns), ret_error);
}

struct tw_status settlectl_actions(struct ctl *ctl, const struct ctl_arguments *arguments,
                                   struct tw_error *ret_error) {
    char number[CTL_NUMBER_TEXT_SIZE];
    int64_t count = 0;
    struct tw_status status =
        ctl_option_number(arguments, "count", 1, 100000, 20, &count, ret_error);
    return tw_ok(status)
               ? settlectl_print_query(ctl, NULL, settlectl_sql_actions, 1,
                                       (const char *const[]){ctl_number_text(count, number)},
                                       action_columns, CTL_COUNT(action_columns), ret_error)
               : status;
}

/* As it was signed: the compact JWS and nothing else, so that it can be verified elsewhere. */
struct tw_status settlectl_finality(struct ctl *ctl, const struct ctl_arguments *arguments,
                                    struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT row = NULL;
    char code[CTL_NUMBER_TEXT_SIZE];
    char buffer[CTL_NUMBER_TEXT_SIZE];
    const char *window = NULL;
    struct tw_status status = settlectl_code(ctl_word(arguments, 0), code, ret_error);
    if (tw_ok(status)) {
        status = settlectl_window_option(arguments, buffer, &window, ret_error);
    }
    if (tw_ok(status)) {
        status = settlectl_open(ctl, SETTLECTL_AUDIT, code, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, settlectl_sql_finality, &row, ret_error, window, code);
    }
    if (tw_ok(status) && PQntuples(row) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "window %s is not final for %s", window, code);
    }
    if (tw_ok(status) && ctl->json) {
        ctl_print_json(ctl, json_pack("{s:s,s:s}", "finality", PQgetvalue(row, 0, 0), "certificate",
                                      PQgetvalue(row, 0, 1)));
    } else if (tw_ok(status)) {
        fprintf(ctl->out, "%s\n", PQgetvalue(row, 0, 0));
    }
    return status;
}
