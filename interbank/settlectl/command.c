/* The list as an array, and what most commands begin with. */
#include "settlectl/command.h"

#include "settlectl_sql.h"

const struct ctl_command settlectl_commands[] = {
#define CTL_COMMAND(name, function, synopsis, description) {name, synopsis, function, description},
#include "settlectl/command.def"
#undef CTL_COMMAND
};

const size_t settlectl_command_count = CTL_COUNT(settlectl_commands);

/* An agent without participants has nothing to print amounts of. */
static struct tw_status read_currency(struct ctl *ctl, PGconn *connection, const char *bank_code,
                                      struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status =
        CTL_QUERY(connection, settlectl_sql_currency, &row, ret_error, bank_code);
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(row) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "the agent was not created yet: agent create");
    }
    if (PQgetisnull(row, 0, 0)) {
        return bank_code == NULL
                   ? tw_currency_parse("EUR", &ctl->format.currency, NULL, ret_error)
                   : tw_fail(ret_error, TW_E_NOT_FOUND, "no participant %s", bank_code);
    }
    return tw_currency_parse(PQgetvalue(row, 0, 0), &ctl->format.currency, NULL, ret_error);
}

struct tw_status settlectl_open(struct ctl *ctl, enum settlectl_role role, const char *bank_code,
                                PGconn **ret_connection, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = ctl_connect_as(ctl, role, &connection, ret_error);
    if (tw_ok(status)) {
        status = read_currency(ctl, connection, bank_code, ret_error);
    }
    if (tw_ok(status)) {
        *ret_connection = connection;
        connection = NULL;
    }
    return status;
}

struct tw_status settlectl_begin(struct ctl *ctl, enum settlectl_role role, const char *bank_code,
                                 PGconn **ret_connection, struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    struct tw_status status = settlectl_open(ctl, role, bank_code, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_script(connection, "BEGIN; SELECT FROM agent FOR UPDATE", ret_error);
    }
    if (tw_ok(status)) {
        *ret_connection = connection;
        connection = NULL;
    }
    return status;
}

struct tw_status settlectl_code(const char *text, char ret_code[CTL_NUMBER_TEXT_SIZE],
                                struct tw_error *ret_error) {
    int64_t code = 0;
    struct tw_status status =
        ctl_parse_number("bank code", text, 90000000, 99999999, &code, ret_error);
    ctl_number_text(code, ret_code);
    return status;
}

struct tw_status settlectl_window(const char *text, char ret_number[CTL_NUMBER_TEXT_SIZE],
                                  struct tw_error *ret_error) {
    int64_t number = 0;
    struct tw_status status =
        ctl_parse_number("window", text, 1, SETTLECTL_WINDOW_MAX, &number, ret_error);
    ctl_number_text(number, ret_number);
    return status;
}

struct tw_status settlectl_window_option(const struct ctl_arguments *arguments,
                                         char buffer[CTL_NUMBER_TEXT_SIZE],
                                         const char **ret_parameter, struct tw_error *ret_error) {
    const char *text = ctl_option(arguments, "window");
    *ret_parameter = text != NULL ? buffer : NULL;
    return text != NULL ? settlectl_window(text, buffer, ret_error) : tw_success();
}

struct tw_status settlectl_print_query(struct ctl *ctl, const char *bank_code, const char *sql,
                                       size_t count, const char *const *parameters,
                                       const struct ctl_column *columns, size_t column_count,
                                       struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status =
        settlectl_open(ctl, SETTLECTL_AUDIT, bank_code, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, sql, count, parameters, &rows, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_rows(ctl, columns, column_count, rows);
    }
    return status;
}
