/* Windows: cut over, shown, tried again. Settling itself is the agent's: it has the key that signs.
 */
#include "settlectl/command.h"

#include "settlectl_sql.h"

static const struct ctl_column window_columns[] = {
    {"window", CTL_INTEGER},  {"state", CTL_TEXT},       {"model", CTL_TEXT},
    {"closed_at", CTL_TEXT},  {"final_at", CTL_TEXT},    {"submitted", CTL_INTEGER},
    {"members", CTL_INTEGER}, {"attempts", CTL_INTEGER}, {"reason", CTL_TEXT},
};

static const struct ctl_column member_columns[] = {
    {"bank", CTL_TEXT},        {"name", CTL_TEXT}, {"status", CTL_TEXT},
    {"revision", CTL_INTEGER}, {"net", CTL_MONEY}, {"breaks", CTL_INTEGER},
    {"received_at", CTL_TEXT},
};

static struct tw_status query_window(PGconn *connection, const char *number, PGresult **ret_row,
                                     struct tw_error *ret_error) {
    struct tw_status status =
        CTL_QUERY(connection, settlectl_sql_window_list, ret_row, ret_error, number, "1");
    return tw_ok(status) && PQntuples(*ret_row) == 0
               ? tw_fail(ret_error, TW_E_NOT_FOUND, "no window %s", number)
               : status;
}

static struct tw_status print_window(const struct ctl *ctl, PGconn *connection, const char *number,
                                     struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    CTL_AUTO_RESULT members = NULL;
    struct ctl_table window;
    struct ctl_table table;
    struct tw_status status = query_window(connection, number, &row, ret_error);
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, settlectl_sql_window_members, &members, ret_error, number);
    }
    if (!tw_ok(status)) {
        return status;
    }
    ctl_table_of(ctl, window_columns, CTL_COUNT(window_columns), row, &window);
    ctl_table_of(ctl, member_columns, CTL_COUNT(member_columns), members, &table);
    if (ctl->json) {
        json_t *object = ctl_table_json_record(&window);
        int failed = json_object_set_new(object, "participants", ctl_table_json(&table));
        tw_assert(failed == 0);
        ctl_print_json(ctl, object);
    } else {
        ctl_table_print_record(&window, ctl->out);
        fputc('\n', ctl->out);
        ctl_table_print(&table, ctl->out);
    }
    ctl_table_clear(&window);
    ctl_table_clear(&table);
    return status;
}

struct tw_status settlectl_window_cut_over(struct ctl *ctl, const struct ctl_arguments *arguments,
                                           struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT opened = NULL;
    char buffer[CTL_NUMBER_TEXT_SIZE];
    const char *expected = NULL;
    struct tw_status status = settlectl_window_option(arguments, buffer, &expected, ret_error);
    if (tw_ok(status)) {
        status = settlectl_begin(ctl, SETTLECTL_AGENT, NULL, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, settlectl_sql_window_cut_over, &opened, ret_error, expected);
    }
    if (tw_ok(status) && PQgetisnull(opened, 0, 0)) {
        return tw_fail(ret_error, TW_E_CONFLICT, "window %s is not the open one", buffer);
    }
    if (tw_ok(status)) {
        char subject[64];
        snprintf(subject, sizeof subject, "window %s", PQgetvalue(opened, 0, 0));
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    return tw_ok(status) ? print_window(ctl, connection, PQgetvalue(opened, 0, 0), ret_error)
                         : status;
}

struct tw_status settlectl_window_list(struct ctl *ctl, const struct ctl_arguments *arguments,
                                       struct tw_error *ret_error) {
    char text[CTL_NUMBER_TEXT_SIZE];
    int64_t count = 0;
    struct tw_status status =
        ctl_option_number(arguments, "count", 1, 100000, 20, &count, ret_error);
    return tw_ok(status)
               ? settlectl_print_query(ctl, NULL, settlectl_sql_window_list, 2,
                                       (const char *const[]){NULL, ctl_number_text(count, text)},
                                       window_columns, CTL_COUNT(window_columns), ret_error)
               : status;
}

struct tw_status settlectl_window_show(struct ctl *ctl, const struct ctl_arguments *arguments,
                                       struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    char number[CTL_NUMBER_TEXT_SIZE];
    struct tw_status status = settlectl_window(ctl_word(arguments, 0), number, ret_error);
    if (tw_ok(status)) {
        status = settlectl_open(ctl, SETTLECTL_AUDIT, NULL, &connection, ret_error);
    }
    return tw_ok(status) ? print_window(ctl, connection, number, ret_error) : status;
}

struct tw_status settlectl_window_settle(struct ctl *ctl, const struct ctl_arguments *arguments,
                                         struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT due = NULL;
    char number[CTL_NUMBER_TEXT_SIZE];
    struct tw_status status = settlectl_window(ctl_word(arguments, 0), number, ret_error);
    if (tw_ok(status)) {
        status = settlectl_begin(ctl, SETTLECTL_AGENT, NULL, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = CTL_QUERY(connection, settlectl_sql_window_due, &due, ret_error, number);
    }
    if (tw_ok(status) && PQntuples(due) == 0) {
        return tw_fail(ret_error, TW_E_CONFLICT, "window %s is not pending settlement", number);
    }
    if (tw_ok(status)) {
        char subject[64];
        snprintf(subject, sizeof subject, "window %s", number);
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    return tw_ok(status) ? print_window(ctl, connection, number, ret_error) : status;
}
