/* Lists that are one query each. */
#include "ctl/query.h"

#define WINDOW_MAX 99999999

struct tw_status ctl_print_query(struct ctl *ctl, const char *sql, size_t count,
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

struct tw_status ctl_number_parameter(const struct ctl_arguments *arguments, const char *name,
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
