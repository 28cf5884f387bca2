/* The result of a window as one report of four tables. */
#include "settlectl/command.h"

#include "settlectl_sql.h"

static const struct ctl_column total_columns[] = {
    {"currency", CTL_TEXT},  {"gross", CTL_MONEY},     {"settled", CTL_MONEY},
    {"excluded", CTL_MONEY}, {"liquidity", CTL_MONEY}, {"efficiency_percent", CTL_TEXT},
};

static const struct ctl_column bank_columns[] = {
    {"bank", CTL_TEXT},
    {"name", CTL_TEXT},
    {"net", CTL_MONEY},
    {"debits", CTL_MONEY},
    {"credits", CTL_MONEY},
    {"from_reserve", CTL_MONEY},
    {"from_prefunding", CTL_MONEY},
    {"lacked", CTL_MONEY},
    {"reserve", CTL_MONEY},
    {"prefunding", CTL_MONEY},
    {"cap", CTL_MONEY},
    {"status", CTL_TEXT},
};

static const struct ctl_column exposure_columns[] = {
    {"debtor", CTL_TEXT},
    {"creditor", CTL_TEXT},
    {"owed", CTL_MONEY},
};

static const struct ctl_column violation_columns[] = {
    {"bank", CTL_TEXT},
    {"net_debit", CTL_MONEY},
    {"cap", CTL_MONEY},
};

static const struct part {
    const char *name;
    const char *title;
    const char *sql;
    const struct ctl_column *columns;
    size_t column_count;
} parts[] = {
    {"totals", "Netting", settlectl_sql_report_totals, total_columns, CTL_COUNT(total_columns)},
    {"banks", "Settlement", settlectl_sql_report_banks, bank_columns, CTL_COUNT(bank_columns)},
    {"exposures", "Exposures left", settlectl_sql_report_exposures, exposure_columns,
     CTL_COUNT(exposure_columns)},
    {"cap_violations", "Net debits beyond a cap", settlectl_sql_report_violations,
     violation_columns, CTL_COUNT(violation_columns)},
};

static struct tw_status add_part(const struct ctl *ctl, PGconn *connection, const char *window,
                                 const struct part *part, json_t *object,
                                 struct tw_error *ret_error) {
    CTL_AUTO_RESULT rows = NULL;
    struct ctl_table table;
    struct tw_status status = CTL_QUERY(connection, part->sql, &rows, ret_error, window);
    if (!tw_ok(status)) {
        return status;
    }
    ctl_table_of(ctl, part->columns, part->column_count, rows, &table);
    if (ctl->json) {
        int failed = json_object_set_new(object, part->name, ctl_table_json(&table));
        tw_assert(failed == 0);
    } else {
        fprintf(ctl->out, "%s\n\n", part->title);
        ctl_table_print(&table, ctl->out);
        fputc('\n', ctl->out);
    }
    ctl_table_clear(&table);
    return status;
}

/* State and model; NOT_FOUND, or CONFLICT while the window is not final. */
static struct tw_status add_window(const struct ctl *ctl, PGconn *connection, const char *window,
                                   json_t *object, struct tw_error *ret_error) {
    CTL_AUTO_RESULT row = NULL;
    struct tw_status status =
        CTL_QUERY(connection, settlectl_sql_report_window, &row, ret_error, window);
    if (!tw_ok(status)) {
        return status;
    }
    if (PQntuples(row) == 0) {
        return tw_fail(ret_error, TW_E_NOT_FOUND, "no window %s", window);
    }
    if (PQgetisnull(row, 0, 2)) {
        return tw_fail(ret_error, TW_E_CONFLICT, "window %s is not final yet: %s", window,
                       PQgetvalue(row, 0, 0));
    }
    if (!ctl->json) {
        fprintf(ctl->out, "Window %s: %s, %s, %s\n\n", window, PQgetvalue(row, 0, 0),
                PQgetvalue(row, 0, 1), PQgetvalue(row, 0, 2));
        return status;
    }
    json_t *head = json_pack("{s:I,s:s,s:s,s:s}", "window", (json_int_t)strtoll(window, NULL, 10),
                             "result", PQgetvalue(row, 0, 0), "model", PQgetvalue(row, 0, 1),
                             "settled_at", PQgetvalue(row, 0, 2));
    int failed = json_object_update_new(object, head);
    tw_assert(failed == 0);
    return status;
}

struct tw_status settlectl_report(struct ctl *ctl, const struct ctl_arguments *arguments,
                                  struct tw_error *ret_error) {
    CTL_AUTO_CONNECTION connection = NULL;
    char buffer[CTL_NUMBER_TEXT_SIZE];
    const char *window = NULL;
    json_t *object = json_object();
    struct tw_status status = settlectl_window_option(arguments, buffer, &window, ret_error);
    if (tw_ok(status)) {
        status = settlectl_open(ctl, SETTLECTL_AUDIT, NULL, &connection, ret_error);
    }
    if (tw_ok(status)) {
        status = add_window(ctl, connection, window, object, ret_error);
    }
    for (size_t i = 0; tw_ok(status) && i < CTL_COUNT(parts); i++) {
        status = add_part(ctl, connection, window, &parts[i], object, ret_error);
    }
    if (tw_ok(status) && ctl->json) {
        ctl_print_json(ctl, object);
        return status;
    }
    json_decref(object);
    return status;
}
