/* Customers. Numbers are given out in order; the insert itself finds the next one, and is repeated
 * when another operator took it in between. */
#include "ctl/command.h"

#include "bankctl_sql.h"

#define ATTEMPTS_MAX 100

static const struct ctl_column created_columns[] = {{"customer", CTL_INTEGER}, {"name", CTL_TEXT}};

static const struct ctl_column list_columns[] = {
    {"customer", CTL_INTEGER}, {"name", CTL_TEXT},     {"since", CTL_TEXT},
    {"accounts", CTL_INTEGER}, {"balance", CTL_MONEY},
};

static struct tw_status insert_customer(PGconn *connection, const char *number, const char *name,
                                        char ret_number[CTL_NUMBER_TEXT_SIZE],
                                        struct tw_error *ret_error) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        CTL_AUTO_RESULT inserted = NULL;
        struct tw_status status =
            CTL_QUERY(connection, ctl_sql_customer_insert, &inserted, ret_error, number, name);
        if (!tw_ok(status)) {
            return status;
        }
        if (PQntuples(inserted) == 1) {
            ctl_number_text(ctl_result_number(inserted, 0, 0), ret_number);
            return status;
        }
        if (number != NULL) {
            return tw_fail(ret_error, TW_E_CONFLICT, "customer %s exists already", number);
        }
    }
    return tw_fail(ret_error, TW_E_BUSY, "no free customer number found");
}

struct tw_status ctl_customer_create(struct ctl *ctl, const struct ctl_arguments *arguments,
                                     struct tw_error *ret_error) {
    const char *name = ctl_option(arguments, "name");
    int64_t chosen;
    struct tw_status status =
        ctl_option_number(arguments, "number", 1, 999999999999, 0, &chosen, ret_error);
    CTL_AUTO_CONNECTION connection = NULL;
    if (tw_ok(status)) {
        status = ctl_begin_change(ctl, &connection, ret_error);
    }
    char number[CTL_NUMBER_TEXT_SIZE];
    if (tw_ok(status)) {
        status =
            insert_customer(connection, ctl_option(arguments, "number"), name, number, ret_error);
    }
    if (tw_ok(status)) {
        char subject[64];
        snprintf(subject, sizeof subject, "customer %s", number);
        status = ctl_finish_change(ctl, connection, subject, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_record(ctl, created_columns, CTL_COUNT(created_columns),
                         (const char *const[]){number, name});
    }
    return status;
}

struct tw_status ctl_customer_list(struct ctl *ctl, const struct ctl_arguments *arguments,
                                   struct tw_error *ret_error) {
    (void)arguments;
    CTL_AUTO_CONNECTION connection = NULL;
    CTL_AUTO_RESULT rows = NULL;
    struct tw_status status = ctl_open(ctl, CTL_AUDIT, &connection, ret_error);
    if (tw_ok(status)) {
        status = ctl_query(connection, ctl_sql_customer_list, 0, NULL, &rows, ret_error);
    }
    if (tw_ok(status)) {
        ctl_print_rows(ctl, list_columns, CTL_COUNT(list_columns), rows);
    }
    return status;
}
